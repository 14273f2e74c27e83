"""Numbers as text that a page can hold: deflated, base64; and text that is safe inside a script element."""

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

#: Mixtures are rounded to 2⁻²⁰ ≈ 1e-6: it halves the page and moves no probability by more than 1e-4.
PARAMETER_STEP = 2.0**-20


def encode_arrays(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Encode arrays of four-byte numbers as text.

    The bytes of each array are sorted by their place in the number, and each differs from the one before by little:
    that is what makes them small (``assets/decode.js`` undoes it).

    Parameters
    ----------
    arrays
        Float32 or uint32, one-dimensional, by name.

    Returns
    -------
    dict
        ``layout``: name, type and length of each; ``data``: base64 of the deflated bytes.
    """
    layout, pieces = [], []
    for name, array in arrays.items():
        kind = "f4" if array.dtype.kind == "f" else "u4"
        words = np.ascontiguousarray(array, dtype=f"<{kind}").view("<u4")
        changes = words.copy()
        changes[1:] ^= words[:-1]
        pieces.append(changes.view(np.uint8).reshape(-1, 4).T.tobytes())
        layout.append([name, kind, int(array.size)])
    return {"layout": layout, "data": base64.b64encode(zlib.compress(b"".join(pieces), 9)).decode("ascii")}


def decode_arrays(blob: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Undo :func:`encode_arrays`.

    Parameters
    ----------
    blob
        As it gives them.

    Returns
    -------
    dict
        Arrays by name.
    """
    raw = np.frombuffer(zlib.decompress(base64.b64decode(blob["data"])), dtype=np.uint8)
    arrays, start = {}, 0
    for name, kind, length in blob["layout"]:
        piece = raw[start : start + 4 * length].reshape(4, length)
        words = np.bitwise_xor.accumulate(np.ascontiguousarray(piece.T).view("<u4").ravel())
        arrays[name] = words.view(f"<{kind}")
        start += 4 * length
    return arrays


def rounded(values: np.ndarray, step: float = PARAMETER_STEP) -> np.ndarray:
    """Round to a multiple of a power of two, whose float32 has few digits.

    Parameters
    ----------
    values
        Any shape.
    step
        A power of two.

    Returns
    -------
    numpy.ndarray
        Float32.
    """
    result: np.ndarray = (np.round(values.astype(np.float64) / step) * step).astype(np.float32)
    return result


def script_json(value: Any) -> str:
    r"""Write JSON that cannot end the script element that holds it.

    Parameters
    ----------
    value
        Plain values; NaN is not among them.

    Returns
    -------
    str
        ASCII without ``<``, ``>`` and ``&``.

    Examples
    --------
    >>> script_json({"a": "</script>"})
    '{"a":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
