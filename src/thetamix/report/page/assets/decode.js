// From the text of the page's data blocks back to numbers (see report/encoding.py).
"use strict";

thetamix.decode = (() => {
  async function inflate(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  // Undo the sorting of bytes by their place in the number, and the differences from number to number.
  function restore(bytes, start, length) {
    const words = new Uint32Array(length);
    let last = 0;
    for (let i = 0; i < length; i++) {
      const change =
        bytes[start + i] |
        (bytes[start + length + i] << 8) |
        (bytes[start + 2 * length + i] << 16) |
        (bytes[start + 3 * length + i] << 24);
      last = (last ^ change) >>> 0;
      words[i] = last;
    }
    return words;
  }

  async function arrays(blob) {
    const bytes = await inflate(blob.data);
    const result = {};
    let start = 0;
    for (const [name, kind, length] of blob.layout) {
      const words = restore(bytes, start, length);
      result[name] = kind === "f4" ? new Float32Array(words.buffer) : words;
      start += 4 * length;
    }
    return result;
  }

  return { arrays };
})();
