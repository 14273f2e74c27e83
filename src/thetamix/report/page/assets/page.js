// What the page does besides: figures in full size, and everything open on paper.
"use strict";

(() => {
  const dialog = document.getElementById("large");
  for (const button of document.querySelectorAll("button.enlarge")) {
    button.addEventListener("click", () => {
      const image = button.querySelector("img").cloneNode();
      const close = Object.assign(document.createElement("button"), { type: "button", textContent: "Close" });
      close.addEventListener("click", () => dialog.close());
      dialog.replaceChildren(image, close);
      dialog.showModal();
    });
  }
  dialog?.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    closed.forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", () => closed.forEach((one) => { one.open = false; }));
})();
