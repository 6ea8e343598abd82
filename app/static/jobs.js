// Shows how far an import is, its rows and their faults as they come; without this file "Look again" does it.
(() => {
  "use strict";
  const told = document.getElementById("run-status"), live = document.getElementById("run-live");
  if (!told || !live || !window.fetch) return;
  const NEXT_MS = 1000;
  const look = async () => {
    try {
      const answer = await fetch(window.location.pathname, { cache: "no-store", credentials: "same-origin" });
      if (!answer.ok || answer.redirected) throw new Error("HTTP " + answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const said = page.getElementById("run-status"), piece = page.getElementById("run-live");
      if (said.dataset.status !== "running") {
        window.location.reload();   // what can be done now stands on the new page
        return;
      }
      if (said.textContent !== told.textContent) told.textContent = said.textContent;
      // A table that somebody reads stays where it is; the counts above it go on.
      const held = live.contains(document.activeElement) || live.querySelector(".scroll:hover");
      if (held) live.querySelector(".steps").replaceWith(piece.querySelector(".steps"));
      else live.replaceChildren(...piece.childNodes);
      live.dataset.looks = String(Number(live.dataset.looks || 0) + 1);
    } catch {
      // The network is away: the next look may find it again.
    }
    window.setTimeout(look, NEXT_MS);
  };
  window.setTimeout(look, NEXT_MS / 2);
})();
