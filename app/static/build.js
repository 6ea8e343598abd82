/* Counts a choice of areas anew after each box, list or click on the map; the server counts, this only asks.
 *
 * Page: form#build[data-count] with input[name=area] per area, #build-count replaced by the server's piece,
 * a map by map.js. Without it the form's own Update button does the same. When it listens: form[data-ready].
 */
(function () {
  "use strict";
  var form = document.getElementById("build"), panel = document.getElementById("build-count");
  if (!form || !panel || !window.fetch) return;
  var waiting = 0, asked = 0, dark = {}, CHOSEN = "#76307f", OTHER = "#f3f1ec";

  function boxes() { return form.querySelectorAll("input[name=area]"); }

  function pack() {                        // as app/pages/chosen_areas.py writes it
    var last = {}, groups = {};
    Array.from(boxes()).filter(function (b) { return b.checked; })
      .map(function (b) { return b.value; }).sort().forEach(function (code) {
        var head = code.slice(0, 3), number = Number(code.slice(3));
        (groups[head] = groups[head] || []).push((number - (last[head] || 0)).toString(36));
        last[head] = number;
      });
    return Object.keys(groups).sort().map(function (head) { return head + "-" + groups[head].join("."); }).join("_");
  }

  function paint(box) {
    if (dark[box.value] === box.checked) return;
    dark[box.value] = box.checked;
    document.querySelectorAll('.mapbox path[data-code="' + box.value + '"]').forEach(function (path) {
      path.setAttribute("fill", box.checked ? CHOSEN : OTHER);
      path.setAttribute("aria-pressed", String(box.checked));
    });
    if (window.boundsAreas) boundsAreas.mark(box.value, box.checked ? "Chosen" : "Not chosen", box.checked);
    var all = Array.from(boxes()), on = all.filter(function (b) { return b.checked; }).length;
    form.querySelectorAll(".mapkey .count").forEach(function (words, n) {
      words.textContent = "(" + (n ? all.length - on : on).toLocaleString("en-GB") + ")";
    });
  }

  function ask() {
    var mine = asked += 1, word = pack();
    fetch(form.dataset.count + "?chosen=" + word, { credentials: "same-origin" })
      .then(function (answer) {
        if (!answer.ok) throw new Error("HTTP " + answer.status);
        return answer.text();
      })
      .then(function (piece) {
        if (mine !== asked) return;        // a later choice is being counted
        var read = new DOMParser().parseFromString(piece, "text/html");
        panel.replaceChildren.apply(panel, Array.from(read.body.childNodes));
        sum();
        history.replaceState(null, "", form.getAttribute("action") + (word ? "?chosen=" + word : ""));
      })
      .catch(function () {
        if (mine !== asked) return;
        var said = document.createElement("p");
        said.className = "warning";
        said.textContent = "The count could not be made. Press Update to try again.";
        panel.replaceChildren(said);
        sum();
      });
  }

  function sum() {                         // the count once more, in sight wherever the page is scrolled to
    var foot = document.getElementById("build-sum"), said = panel.querySelector(".lead, .warning");
    if (!foot || !said) return;
    foot.textContent = said.textContent; foot.hidden = false;
  }

  function changed(box) {
    paint(box);
    window.clearTimeout(waiting);
    waiting = window.setTimeout(ask, 250);
  }

  function weigh(input) {                  // the server refuses it too; this spares the sending
    var told = document.getElementById("file-told"), sent = input.files[0], words = "";
    if (sent) {
      var ending = sent.name.slice(sent.name.lastIndexOf(".")).toLowerCase();
      var most = Number(input.dataset.outlines.split(",").indexOf(ending) < 0 ? input.dataset.mostList : input.dataset.mostOutlines);
      if (sent.size > most) words = "“" + sent.name + "” has " + sent.size.toLocaleString("en-GB") + " bytes; at most " +
        most.toLocaleString("en-GB") + " are read. Nothing was sent.";
    }
    if (words) input.value = "";
    else if (sent) words = "“" + sent.name + "” is taken. Press Update to choose its areas.";
    told.className = words && !input.files.length ? "warning" : ""; told.textContent = words;
  }

  // A file dropped anywhere on the page is the form's: it never takes the page's place.
  function holdsFiles(e) { return e.dataTransfer && Array.from(e.dataTransfer.types).indexOf("Files") >= 0; }
  document.addEventListener("dragover", function (e) { if (holdsFiles(e)) e.preventDefault(); });
  document.addEventListener("drop", function (e) {
    var input = document.getElementById("file");
    if (!holdsFiles(e) || !input) return;
    e.preventDefault();
    input.files = e.dataTransfer.files;
    weigh(input);
    input.scrollIntoView({ block: "center" }); input.focus({ preventScroll: true });
  });

  form.addEventListener("change", function (e) {
    if (e.target.name === "area") changed(e.target);
    if (e.target.name === "file") weigh(e.target);
  });
  document.addEventListener("areas:chosen", function (e) {
    var box = document.getElementById("a-" + e.detail.code);
    if (!box) return;
    box.checked = !box.checked;
    changed(box);
  });
  boxes().forEach(function (box) { dark[box.value] = box.checked; });
  sum();
  form.dataset.ready = "true";
})();
