/* Puts the national map of a published folder in the place of its picture, from two PMTiles files beside the page.
 * The files are read in pieces; where the server sends no pieces, whole, once.
 *
 *   <div id="map" hidden data-councils="file" data-small="file" (optional) data-bounds='[[south, west], [north, east]]'
 *        data-colours='["#…" × 5, "no data"]' data-words='{"councils": [5 classes], "small": […]}'></div>
 *
 * Keyboard: arrows move the map, + and - zoom, Enter says what is in the middle. A click says what is there.
 * When it is up: #map[data-ready="true"], and data-shapes counts the councils in the tiles that England lies in.
 * When anything fails the picture stays, and a line says so.
 */
(function () {
  "use strict";
  var CLOSER = 7, COUNT_AT = 5;
  var box = document.getElementById("map"), frame = box.closest(".mapbox");
  var status = document.getElementById("map-status"), detail = document.getElementById("detail");
  var colours = JSON.parse(box.dataset.colours), bounds = JSON.parse(box.dataset.bounds);
  var words = JSON.parse(box.dataset.words), archives = {}, shown = null, layers = {};

  function File(name) { this.name = name; this.whole = null; }
  File.prototype.getKey = function () { return this.name; };
  File.prototype.getBytes = function (offset, length, signal) {
    var own = this;
    if (own.whole) return own.whole.then(function (body) { return { data: body.slice(offset, offset + length) }; });
    return fetch(own.name, { signal: signal, headers: { Range: "bytes=" + offset + "-" + (offset + length - 1) } })
      .then(function (answer) {
        if (answer.status === 206) return answer.arrayBuffer().then(function (body) { return { data: body }; });
        if (!answer.ok) throw new Error("HTTP " + answer.status);
        own.whole = own.whole || answer.arrayBuffer();
        return own.whole.then(function (body) { return { data: body.slice(offset, offset + length) }; });
      });
  };

  function node(tag, text, className) {
    var made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  function fail() {
    frame.classList.remove("live"); box.hidden = true;
    status.className = "warning";
    status.textContent = "The interactive map could not be loaded. The picture and the table hold the same figures.";
  }

  function archive(name) {
    if (!archives[name]) archives[name] = new pmtiles.PMTiles(new File(box.dataset[name]));
    return archives[name];
  }

  function column(lon, z) { return Math.floor((lon + 180) / 360 * Math.pow(2, z)); }
  function row(lat, z) {
    return Math.floor((1 - Math.asinh(Math.tan(lat * Math.PI / 180)) / Math.PI) / 2 * Math.pow(2, z));
  }

  function countShapes() {
    var source = new protomapsL.PmtilesSource(archive("councils"), false), codes = new Set(), waiting = [];
    for (var x = column(bounds[0][1], COUNT_AT); x <= column(bounds[1][1], COUNT_AT); x++)
      for (var y = row(bounds[1][0], COUNT_AT); y <= row(bounds[0][0], COUNT_AT); y++)
        waiting.push(source.get({ z: COUNT_AT, x: x, y: y }, 256));
    return Promise.all(waiting).then(function (tiles) {
      tiles.forEach(function (tile) {
        (tile.get("lad") || []).forEach(function (feature) { codes.add(feature.props.code); });
      });
      return codes.size;
    });
  }

  function layer(name) {
    var kind = name === "small" ? "lsoa" : "lad", rules = [];
    function fill(z, f) { return colours[(f.props.class || colours.length) - 1]; }
    var sources = { lad: { url: archive("councils"), maxDataZoom: 12 } };
    if (name === "small") sources.lsoa = { url: archive("small"), maxDataZoom: 12 };
    rules.push({ dataSource: kind, dataLayer: kind,
      symbolizer: new protomapsL.PolygonSymbolizer({ fill: fill, perFeature: true }) });
    if (name === "small") rules.push({ dataSource: kind, dataLayer: kind, minzoom: 10,
      symbolizer: new protomapsL.LineSymbolizer({ color: "#fff", width: 1 }) });
    rules.push({ dataSource: "lad", dataLayer: "lad",
      symbolizer: new protomapsL.LineSymbolizer({ color: name === "small" ? "#6b7780" : "#fff", width: 1 }) });
    return protomapsL.leafletLayer({ sources: sources, paintRules: rules, labelRules: [], attribution: "", noWrap: true });
  }

  function show(map, name) {
    if (shown) map.removeLayer(layers[shown]);
    if (name === "small" && map.getZoom() < CLOSER) map.setZoom(CLOSER, { animate: false });
    shown = name;
    layers[name] = layers[name] || layer(name);
    layers[name].addTo(map);
    document.querySelectorAll("[data-key]").forEach(function (key) { key.hidden = key.dataset.key !== name; });
  }

  function views(map) {
    var Views = L.Control.extend({ onAdd: function () {
      var bar = node("div", undefined, "views leaflet-bar");
      [["Councils", "councils"], ["Small areas", "small"]].forEach(function (view, n) {
        var button = node("button", view[0]);
        button.type = "button"; button.setAttribute("aria-pressed", n === 0 ? "true" : "false");
        button.addEventListener("click", function () {
          bar.querySelectorAll("button").forEach(function (b) {
            b.setAttribute("aria-pressed", b === button ? "true" : "false");
          });
          show(map, view[1]);
        });
        bar.append(button);
      });
      L.DomEvent.disableClickPropagation(bar);
      return bar;
    } });
    new Views({ position: "topleft" }).addTo(map);
  }

  function tell(at) {
    var list = node("ul"), found = layers[shown].queryTileFeaturesDebug(at.lng, at.lat), seen = new Set();
    found.forEach(function (features) {
      features.forEach(function (one) {
        var props = one.feature.props, kind = one.layerName === "lsoa" ? "small" : "councils";
        var text = (props.name ? props.name + " (" + props.code + "): " : "") +
          (props.class ? words[kind][props.class - 1] : "no data");
        if (!seen.has(text)) { seen.add(text); list.append(node("li", text)); }
      });
    });
    detail.hidden = false;
    detail.replaceChildren(node("h3", "At this point"), list.children.length ? list : node("p", "No area."));
  }

  function build(shapes) {
    box.hidden = false; frame.classList.add("live");
    var map = L.map(box, { zoomControl: false, attributionControl: false, scrollWheelZoom: false, minZoom: 5, maxZoom: 15,
      zoomSnap: 0.5, maxBounds: [[48.5, -9], [57, 4.5]] });
    L.control.zoom({ position: "topright" }).addTo(map);
    L.control.scale({ position: "bottomleft", imperial: false }).addTo(map);
    map.fitBounds(bounds, { animate: false, maxZoom: 11 });
    layers.councils = layer("councils");
    layers.councils.once("load", function () { box.dataset.shapes = shapes; box.dataset.ready = "true"; });
    if (box.dataset.small) views(map);
    show(map, "councils");
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", "Map of England. Arrow keys move it, plus and minus zoom, Enter says what is in the " +
      "middle. Every council is in the table.");
    box.addEventListener("keydown", function (e) {
      if (e.target === box && e.key === "Enter") { e.preventDefault(); tell(map.getCenter()); }
    });
    map.on("click", function (e) { tell(e.latlng); });
  }

  countShapes().then(build).catch(fail);
})();
