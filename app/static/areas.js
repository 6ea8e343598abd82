/* Areas on a Leaflet map: words, keyboard, choosing. Shared by map.js (pages) and the Folium maps.
 *
 * Hooks:  #detail        live panel, filled when an area is chosen (aria-live="polite" in the page)
 *         tr[data-code]  the table row of an area; a click on it, or on any [data-choose="CODE"],
 *                        chooses the area; the chosen row gets class "chosen" and aria-selected
 * Events: "areas:chosen" on document, detail {code}
 * boundsAreas is the page's one map; boundsAreas.make() gives the like for each of several beside one another.
 * Every word comes from feature.properties and is written with textContent, never as HTML.
 */
(function () {
  "use strict";
  window.boundsAreas = make();
  window.boundsAreas.make = make;

  function make() {
  var NS = "http://www.w3.org/2000/svg";
  var map = null, ring = null, chosen = null, current = null;
  var areas = [], byCode = new Map();
  var still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  function node(tag, words, className) {
    var made = document.createElement(tag);
    if (words !== undefined) made.textContent = words;
    if (className) made.className = className;
    return made;
  }

  function card(p, heading) {
    var box = node("div", undefined, "areacard");
    box.append(node(heading, p.name, "areaname"));
    if (p.role === "choropleth") box.append(node("p", p.band, "areaband"));
    var list = node("dl");
    (p.fields || []).forEach(function (pair) {
      list.append(node("dt", pair[0]), node("dd", pair[1]));
    });
    if (list.childNodes.length) box.append(list);
    return box;
  }

  function hatch() {                       // the "no data" pattern, once for the document
    if (document.getElementById("areas-hatch")) return;
    var svg = document.createElementNS(NS, "svg");
    svg.setAttribute("width", "0"); svg.setAttribute("height", "0");
    svg.setAttribute("aria-hidden", "true"); svg.setAttribute("class", "offpage");
    var made = document.createElementNS(NS, "pattern");
    [["id", "areas-hatch"], ["width", "8"], ["height", "8"], ["patternUnits", "userSpaceOnUse"],
      ["patternTransform", "rotate(45)"]].forEach(function (a) { made.setAttribute(a[0], a[1]); });
    [["M0 0h8v8H0z", "fill", "#e6e6e6"], ["M0 0v8", "stroke", "#8a949c"]].forEach(function (a) {
      var path = document.createElementNS(NS, "path");
      path.setAttribute("d", a[0]); path.setAttribute(a[1], a[2]);
      if (a[1] === "stroke") path.setAttribute("stroke-width", "3");
      made.append(path);
    });
    svg.append(made); document.body.append(svg);
  }

  /* Labels are laid out anew at each zoom and pan: numbers first, in rank order, moved aside from amounts
   * and from each other, a line leading back; then amounts that fit their circle; then place names where
   * there is room left. A name is whole or not there: none stands under a control or over the edge. */
  var labelled = [], drawnLabels = null, waiting = 0;

  function layout() {
    waiting = 0;
    drawnLabels.clearLayers();
    var taken = [], circles = [], size = map.getSize(), frame = map.getContainer().getBoundingClientRect();
    map.getContainer().querySelectorAll(".leaflet-control").forEach(function (control) {
      var r = control.getBoundingClientRect();
      if (r.width) taken.push([r.left - frame.left, r.top - frame.top, r.right - frame.left, r.bottom - frame.top]);
    });
    function within(b) { return b[0] >= 0 && b[1] >= 0 && b[2] <= size.x && b[3] <= size.y; }
    function free(b) {
      return taken.every(function (o) {
        return b[2] <= o[0] || o[2] <= b[0] || b[3] <= o[1] || o[3] <= b[1];
      });
    }
    function lead(from, to) {              // from the edge of an amount's circle, so that none is crossed out
      var far = from.distanceTo(to), reach = 0;
      if (!far) return;
      circles.forEach(function (one) {
        if (one.at.distanceTo(from) < one.p.radius) reach = Math.max(reach, one.p.radius + one.at.distanceTo(from));
      });
      if (far - reach < 15) return;
      var start = from.add(to.subtract(from).multiplyBy(reach / far));
      L.polyline([map.containerPointToLatLng(start), map.containerPointToLatLng(to)],
        { color: "#14202b", weight: 1.5, interactive: false, className: "leader" }).addTo(drawnLabels);
    }
    function put(p, x, y, half, tall, className) {
      var icon = L.divIcon({ className: className, iconSize: [2 * half, 2 * tall], html: node("span", p.label) });
      L.marker(map.containerPointToLatLng([x, y]), { icon: icon, interactive: false, keyboard: false,
        zIndexOffset: p.role === "place" ? -2000 : 0 }).addTo(drawnLabels);
    }
    var seen = labelled.filter(function (one) { return !one.layer || map.hasLayer(one.layer); });
    seen.forEach(function (one) {
      one.at = map.latLngToContainerPoint([one.p.at[1], one.p.at[0]]);
      if (one.p.role !== "point") return;
      var r = one.p.radius;
      taken.push([one.at.x - r, one.at.y - r, one.at.x + r, one.at.y + r]);
      circles.push(one);
    });
    circles.forEach(function (one) {
      var half = one.p.label.length * 3.6;
      if (half < one.p.radius * 0.9) put(one.p, one.at.x, one.at.y, half, 9, "amountlabel");
    });
    seen.forEach(function (one) {
      if (one.p.role !== "neighbourhood" && one.p.role !== "choropleth") return;
      var half = Math.max(14, one.p.label.length * 5 + 4);
      var tries = [[0, 0]];
      [17, 30, 45, 62].forEach(function (reach) {
        for (var turn = 0; turn < 8; turn += 1) {
          tries.push([reach * Math.cos(turn * Math.PI / 4), reach * Math.sin(turn * Math.PI / 4)]);
        }
      });
      var hereIn = within([one.at.x, one.at.y, one.at.x, one.at.y]);
      tries.some(function (t) {
        var x = one.at.x + t[0], y = one.at.y + t[1], b = [x - half, y - 14, x + half, y + 14];
        if (!free(b) || (hereIn && !within(b))) return false;
        lead(one.at, L.point(x, y));
        taken.push(b); put(one.p, x, y, half, 14, "maplabel");
        return true;
      });
    });
    seen.forEach(function (one) {
      if (one.p.role !== "place" && one.p.role !== "context") return;
      var half = one.p.label.length * 3.6 + 4, b = [one.at.x - half, one.at.y - 9, one.at.x + half, one.at.y + 9];
      if (within(b) && free(b)) { taken.push(b); put(one.p, one.at.x, one.at.y, half, 9, one.p.role + "label"); }
    });
  }

  function layoutSoon() {
    if (drawnLabels && !waiting) waiting = window.requestAnimationFrame(layout);
  }

  /* onEachFeature: call for every feature as its layer is made */
  function each(feature, layer) {
    var p = feature.properties;
    if (p.role === "choropleth" || p.role === "point") {
      layer.bindTooltip(function () { return card(p, "strong"); }, { sticky: p.role !== "point" });
    }
    if (p.role === "choropleth") {
      areas.push(layer); byCode.set(p.code, layer);
      layer.on("click", function () { choose(p.code); });
    }
    if (p.at) {
      labelled.push({ p: p, layer: layer });
      layer.on("add remove", layoutSoon);
    }
    if (p.role === "choropleth" || p.role === "point") {
      layer.on("add", function () { dress(layer); });
    }
  }

  function says(p) {                      // one sentence for screen readers
    var words = [p.name].concat(p.role === "choropleth" ? [p.band] : []);
    return words.concat(p.fields.map(function (field) { return field.join(": "); })).join(". ") + ".";
  }

  function dress(layer) {                  // an area's path becomes a button with a name
    var p = layer.feature.properties, path = layer.getElement && layer.getElement();
    if (!path) return;
    path.setAttribute("aria-label", says(p));
    path.setAttribute("role", p.role === "choropleth" ? "button" : "img");
    if (p.role !== "choropleth") {         // amounts are read in the table: no tab stop for each
      path.setAttribute("data-point", p.code); path.setAttribute("tabindex", "-1");
      return;
    }
    path.setAttribute("data-code", p.code);
    path.setAttribute("tabindex", layer === (current || areas[0]) ? "0" : "-1");
    if (path.dataset.heard) return;
    path.dataset.heard = "yes";
    path.addEventListener("keydown", function (e) { keys(e, layer); });
    path.addEventListener("focus", function () { draw(layer); layer.openTooltip(centre(layer)); });
    path.addEventListener("blur", function () { layer.closeTooltip(); draw(chosen); });
  }

  function centre(layer) { return layer.getBounds().getCenter(); }

  function draw(layer) {                   // ring above all: neighbours would cover a path's own stroke
    ring.clearLayers();
    if (!layer) return;
    [["#14202b", 8], ["#ffd23f", 4]].forEach(function (look) {
      L.geoJSON(layer.feature.geometry, { pane: "ring", renderer: ring.drawer, interactive: false,
        style: { color: look[0], weight: look[1], fill: false } }).addTo(ring);
    });
  }

  function nearest(from, dx, dy) {
    var a = map.latLngToLayerPoint(centre(from)), best = null, least = Infinity;
    areas.forEach(function (other) {
      var b = map.latLngToLayerPoint(centre(other));
      var f = (b.x - a.x) * dx + (b.y - a.y) * dy;
      var side = Math.abs((b.x - a.x) * dy - (b.y - a.y) * dx);
      if (f > 2 && side <= 1.5 * f && f + 2 * side < least) { least = f + 2 * side; best = other; }
    });
    return best;
  }

  function keys(e, layer) {
    var way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
    if (way) {
      var next = nearest(layer, way[0], way[1]);
      if (next) focus(next);
    } else if (e.key === "Enter" || e.key === " ") {
      choose(layer.feature.properties.code);
    } else if (e.key === "Escape") {
      map.getContainer().focus();
    } else { return; }
    e.preventDefault(); e.stopPropagation();
  }

  function focus(layer) {
    if (current) current.getElement().setAttribute("tabindex", "-1");
    else areas[0].getElement().setAttribute("tabindex", "-1");
    current = layer;
    if (!map.getBounds().pad(-0.08).contains(centre(layer))) {
      map.panInside(centre(layer), { padding: [60, 60], animate: !still });
    }
    layer.getElement().setAttribute("tabindex", "0");
    layer.getElement().focus({ preventScroll: true });
  }

  function choose(code) {
    var layer = byCode.get(code);
    if (!layer) return;
    chosen = layer; draw(layer);
    var panel = document.getElementById("detail");
    if (panel) { panel.hidden = false; panel.replaceChildren(card(layer.feature.properties, "h2")); }
    document.querySelectorAll("tr[data-code]").forEach(function (row) {
      var same = row.dataset.code === code;
      row.classList.toggle("chosen", same);
      if (same) row.setAttribute("aria-selected", "true"); else row.removeAttribute("aria-selected");
    });
    if (!map.getBounds().contains(centre(layer))) map.panTo(centre(layer), { animate: !still });
    document.dispatchEvent(new CustomEvent("areas:chosen", { detail: { code: code } }));
  }

  /* call once, when the map exists and its layers are on it */
  function start(leafletMap, says) {
    map = leafletMap;
    hatch();
    var pane = map.createPane("ring");
    pane.style.zIndex = 450; pane.style.pointerEvents = "none";
    ring = L.layerGroup().addTo(map);
    ring.drawer = L.svg({ pane: "ring" });
    L.control.scale({ position: "bottomleft", imperial: false }).addTo(map);
    drawnLabels = L.layerGroup().addTo(map);
    map.on("zoomend moveend resize", layoutSoon); layout();
    var box = map.getContainer();
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", says || "Map. Tab to an area, arrow keys move to the next one, " +
      "Enter chooses it, Escape returns to the map. Every figure is in the table.");
    areas.forEach(dress);
    // hidden for print, the box has no size: Leaflet must not hear of it, or it loses its place
    new ResizeObserver(function () {
      if (box.clientWidth) map.invalidateSize({ animate: false });
    }).observe(box);
    document.addEventListener("click", function (e) {
      if (e.target.closest("a, input, select, label, .leaflet-container")) return;
      var at = e.target.closest("[data-choose], tr[data-code]");
      if (at) choose(at.dataset.choose || at.dataset.code);
    });
    box.dataset.ready = "true";
  }

  /* an area's class and name on the map changed while it is looked at: its words, its panel, its label */
  function mark(code, band, isNamed) {
    var layer = byCode.get(code);
    if (!layer) return;
    var p = layer.feature.properties, path = layer.getElement();
    p.band = band;
    if (path) path.setAttribute("aria-label", says(p));
    if (layer.isTooltipOpen()) layer.getTooltip().update();
    var panel = document.getElementById("detail");
    if (panel && layer === chosen) panel.replaceChildren(card(p, "h2"));
    labelled = labelled.filter(function (one) { return one.p.role !== "place" || one.p.code !== code; });
    if (isNamed) {
      var at = centre(layer);
      labelled.push({ p: { role: "place", code: code, label: p.name, at: [at.lng, at.lat] } });
    }
    layoutSoon();
  }

  /* names without a shape: features of role "place" */
  function places(features) {
    features.forEach(function (f) { if (f.properties.at) labelled.push({ p: f.properties }); });
  }

  /* ring an area that was chosen elsewhere on the page */
  function show(code) {
    var layer = map && byCode.get(code);
    if (!layer || layer === chosen) return;
    chosen = layer; draw(layer);
  }

  return { show: show, each: each, places: places, start: start, choose: choose, mark: mark, node: node, still: still };
  }
})();
