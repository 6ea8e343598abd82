// Asks how far an import is and shows the page anew when that changes; without this file "Look again" does it.
(() => {
  "use strict";
  const told = document.getElementById("run-status");
  if (!told) return;
  const look = async () => {
    try {
      const answer = await fetch(`/api/v1/imports/${told.dataset.run}`, { cache: "no-store" });
      if (!answer.ok) return;
      const run = await answer.json();
      if (run.status !== "running" || run.step !== told.dataset.step) {
        window.location.reload();
        return;
      }
    } catch {
      // The network is away: the next look may find it again.
    }
    window.setTimeout(look, 2000);
  };
  window.setTimeout(look, 1000);
})();
