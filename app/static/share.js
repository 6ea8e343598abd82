// Puts a button beside each text with data-copy that copies it; without this file the text can be selected.
(() => {
  "use strict";
  const told = document.getElementById("share-told");
  const select = (text) => {
    const range = document.createRange();
    range.selectNodeContents(text);
    const chosen = window.getSelection();
    chosen.removeAllRanges();
    chosen.addRange(range);
  };
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      return true;
    } catch {
      select(text);                        // no clipboard here, or not allowed: an older way, else the reader's own
      return document.execCommand("copy");
    }
  };
  document.querySelectorAll("[data-copy]").forEach((text) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text.dataset.copy;
    button.addEventListener("click", async () => {
      const done = await copy(text);
      if (told) told.textContent = done ? "Copied." : "It is selected: copy it with your keyboard.";
    });
    text.after(button);
  });
})();
