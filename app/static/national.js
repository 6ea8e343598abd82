/* Puts the national map in the place of the server's picture: vector tiles, of areas seen from afar or close.
 * Own file and libraries are asked for when the picture is on the screen and the page is otherwise done.
 *
 *   <div class="mapbox"><svg class="mapsvg percent">…</svg>
 *     <div id="map" hidden data-afar="tile address" data-afar-kind="lad" data-afar-name="Councils"
 *          data-close="tile address" data-close-kind="lsoa" data-close-name="Small areas"  (one of both suffices)
 *          data-bounds='[[south, west], [north, east]]' data-line="colour"  (optional)
 *          data-colours='["#…" × 5, "no data"]' data-files='{"style": {url, integrity}, "scripts": […]}'
 *          data-basemap-url data-basemap-attribution  (optional)></div></div>
 *   <p id="map-status" role="status"></p> <div id="detail" aria-live="polite" hidden></div>
 *   elements [data-key="afar"] and [data-key="close"]: the keys, one hidden
 *
 * Keyboard: arrows move the map, + and - zoom, Enter says what is in the middle. A click says what is there.
 * When it is up: #map[data-ready="true"]. When anything fails the picture stays, and a line says so.
 */
(function () {
  "use strict";
  var CLOSER = 7;       // further out small areas are less than a pixel, and a megabyte
  var box = document.getElementById("map");
  if (!box || !(box.dataset.afar || box.dataset.close)) return;
  var frame = box.closest(".mapbox"), status = document.getElementById("map-status");
  var detail = document.getElementById("detail"), asked = null;
  var still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  function node(tag, words, className) {
    var made = document.createElement(tag);
    if (words !== undefined) made.textContent = words;
    if (className) made.className = className;
    return made;
  }

  function say(words) { status.className = "warning"; status.textContent = words; }

  function fail() {
    frame.classList.remove("live"); box.hidden = true;
    say("The interactive map could not be loaded. The picture and the table hold the same figures.");
  }

  function fetchFile(file, tag) {
    return new Promise(function (done, failed) {
      var made = document.createElement(tag);
      made.integrity = file.integrity;
      made.async = false;                        // scripts run in their order
      if (tag === "link") { made.rel = "stylesheet"; made.href = file.url; } else { made.src = file.url; }
      made.onload = done; made.onerror = failed;
      document.head.append(made);
    });
  }

  function begin() {
    var files = JSON.parse(box.dataset.files);
    var most = box.dataset.afar ? address("afar", 5, 10, 15) : address("close", 6, 20, 31);   // of England
    Promise.all([fetch(most), fetchFile(files.style, "link")].concat(
      files.scripts.map(function (file) { return fetchFile(file, "script"); })))
      .then(function (came) {
        if (!came[0].ok) throw new Error("HTTP " + came[0].status);
        build();
      })
      .catch(fail);
  }

  function address(kind, z, y, x) {
    return box.dataset[kind].replace("{z}", z).replace("{y}", y).replace("{x}", x);
  }

  function build() {
    box.hidden = false; frame.classList.add("live");
    var map = L.map(box, { zoomControl: false, attributionControl: false, scrollWheelZoom: false,
      minZoom: 5, maxZoom: 16, zoomSnap: 0.5, zoomAnimation: !still, fadeAnimation: !still, maxBounds: [[48.5, -9], [57, 4.5]] });
    L.control.zoom({ position: "topright" }).addTo(map);
    L.control.scale({ position: "bottomleft", imperial: false }).addTo(map);
    map.fitBounds(JSON.parse(box.dataset.bounds), { animate: false, maxZoom: 11 });
    if (box.dataset.basemapUrl) basemap(map);
    var layers = {}, shown = null;
    ["afar", "close"].forEach(function (name) { if (box.dataset[name]) layers[name] = layer(name); });
    var first = layers.afar ? "afar" : "close";

    function show(name) {
      if (shown) map.removeLayer(layers[shown]);
      if (name === "close" && map.getZoom() < CLOSER) map.setZoom(CLOSER, { animate: false });
      shown = name; layers[name].addTo(map);
      document.querySelectorAll("[data-key]").forEach(function (key) { key.hidden = key.dataset.key !== name; });
    }
    layers[first].once("load", function () { box.dataset.ready = "true"; });
    if (layers.afar && layers.close) views(map, show);
    show(first);

    box.setAttribute("role", "group");
    box.setAttribute("aria-label", "Map of England. Arrow keys move it, plus and minus zoom, Enter says what is in " +
      "the middle. The table holds the same figures.");
    box.addEventListener("keydown", function (e) {
      if (e.target !== box || e.key !== "Enter") return;
      e.preventDefault(); tell(map.getCenter());
    });
    map.on("click", function (e) { tell(e.latlng); });
    new ResizeObserver(function () {   // hidden for print, the box has no size
      if (box.clientWidth) map.invalidateSize({ animate: false });
    }).observe(box);
  }

  function layer(name) {
    var d = box.dataset, colours = JSON.parse(d.colours), over = d.basemapUrl ? 0.75 : 1;
    function fill(z, f) { return colours[(f.props.class || colours.length) - 1]; }
    function line(of, colour, from) {
      rules.push({ dataSource: of, dataLayer: d[of + "Kind"], minzoom: from,
        symbolizer: new protomapsL.LineSymbolizer({ color: colour, width: 1 }) });
    }
    var sources = {}, rules = [];
    if (d.afar) sources.afar = { url: d.afar, maxDataZoom: 12 };
    if (name === "close") sources.close = { url: d.close, maxDataZoom: 14 };
    rules.push({ dataSource: name, dataLayer: d[name + "Kind"],
      symbolizer: new protomapsL.PolygonSymbolizer({ fill: fill, opacity: over, perFeature: true }) });
    if (name === "close") line("close", d.line || "#fff", d.line ? 8 : 10);
    if (d.afar) line("afar", name === "close" ? "#6b7780" : d.line || "#fff");
    return protomapsL.leafletLayer({ sources: sources, paintRules: rules, labelRules: [], attribution: "", noWrap: true });
  }

  function views(map, show) {
    var Views = L.Control.extend({ onAdd: function () {
      var bar = node("div", undefined, "views leaflet-bar");
      [[box.dataset.afarName, "afar"], [box.dataset.closeName, "close"]].forEach(function (view, n) {
        var button = node("button", view[0]);
        button.type = "button"; button.setAttribute("aria-pressed", n === 0 ? "true" : "false");
        button.addEventListener("click", function () {
          bar.querySelectorAll("button").forEach(function (b) {
            b.setAttribute("aria-pressed", b === button ? "true" : "false");
          });
          show(view[1]);
        });
        bar.append(button);
      });
      L.DomEvent.disableClickPropagation(bar);
      return bar;
    } });
    new Views({ position: "topleft" }).addTo(map);
  }

  function tell(at) {
    if (asked) asked.abort();
    asked = new AbortController();
    fetch("/api/v1/lookup/point?lon=" + at.lng.toFixed(6) + "&lat=" + at.lat.toFixed(6), { signal: asked.signal })
      .then(function (answer) {
        if (!answer.ok) throw new Error("HTTP " + answer.status);
        return answer.json();
      })
      .then(function (found) {
        var list = node("ul");
        found.areas.forEach(function (area) {
          var item = node("li"), link = node("a", area.name || area.code);
          link.href = "/areas/" + encodeURIComponent(area.code);
          item.append(link, " (" + area.code + ")");
          list.append(item);
        });
        detail.hidden = false;
        detail.replaceChildren(node("h3", "At this point"), found.areas.length ? list : node("p", found.note || "Nothing that is loaded."));
      })
      .catch(function (problem) { if (problem.name !== "AbortError") say("What is at this point could not be looked up."); });
  }

  function basemap(map) {
    var loaded = 0, failed = 0, words = node("p", box.dataset.basemapAttribution || "", "basemap-attribution");
    var tiles = L.tileLayer(box.dataset.basemapUrl, { maxZoom: 18 });
    function giveUp() {
      if (loaded || !map.hasLayer(tiles)) return;
      map.removeLayer(tiles); words.remove(); say("Background map not available.");
    }
    frame.append(words);
    tiles.on("tileload", function () { loaded += 1; failed = 0; });
    tiles.on("tileerror", function () { failed += 1; if (failed >= 3) giveUp(); });
    tiles.addTo(map); setTimeout(giveUp, 4000);
  }

  function whenSeen() {
    new IntersectionObserver(function (seen, watching) {
      if (!seen.some(function (one) { return one.isIntersecting; })) return;
      watching.disconnect(); begin();
    }, { rootMargin: "200px" }).observe(frame);
  }
  if (document.readyState === "complete") whenSeen(); else window.addEventListener("load", whenSeen);
})();
