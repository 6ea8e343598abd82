/* Turns the pictures of places or lists beside one another into maps of one scale that move together.
 *
 * Page (after leaflet.js and areas.js): <div class="pair" data-linked="scale|ground"> with a
 *   <div class="mapbox"><svg class="mapsvg">...</svg><div class="pairmap" hidden data-geojson data-name></div></div> each.
 * "ground": all show the same ground. "scale": each its own, and two buttons choose one scale or the best fit of each.
 * When all are up: .pair[data-ready="true"]. When one fails all pictures stay.
 */
(function () {
  "use strict";
  var pair = document.querySelector(".pair[data-linked]");
  if (!pair || !window.L || !window.boundsAreas || !window.fetch) return;
  var boxes = Array.from(pair.querySelectorAll(".pairmap[data-geojson]"));
  if (boxes.length < 2) return;
  var ROLES = ["context", "choropleth", "outline", "casing", "neighbourhood"], CLOSEST = 15;
  var still = boundsAreas.still, sides = [], linked = true, moving = false;

  Promise.all(boxes.map(function (box) {
    return fetch(box.dataset.geojson, { credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok) throw new Error("HTTP " + answer.status);
      return answer.json();
    });
  })).then(function (all) {
    sides = all.map(function (data, n) { return build(boxes[n], data); });
    if (pair.dataset.linked === "scale") buttons();
    else {                                 // what either holds is in the frame of both
      var ground = sides.reduce(function (all, side) { return all.extend(side.bounds); }, L.latLngBounds([]));
      sides.forEach(function (side) { side.bounds = ground; });
    }
    together();
    sides.forEach(function (side) {
      side.map.on("move", function () { follow(side); });
    });
    document.addEventListener("areas:chosen", function (e) {
      boundsAreas.show(e.detail.code);
      sides.forEach(function (side) { side.areas.show(e.detail.code); });
    });
    pair.dataset.ready = "true";
  }).catch(function () {
    boxes.forEach(function (box) { box.hidden = true; box.closest(".mapbox").classList.remove("live"); });
    var said = boundsAreas.node("p", "The interactive maps could not be loaded. The pictures and the tables hold the same figures.", "warning");
    said.setAttribute("role", "status");
    pair.after(said);
  });

  function build(box, data) {
    var shapes = { type: "FeatureCollection", features: (data.features || []).filter(function (f) { return f.geometry; }) };
    var own = boundsAreas.make(), bounds = L.latLngBounds([]);
    if (!shapes.features.length) throw new Error("no features");
    box.hidden = false; box.closest(".mapbox").classList.add("live");
    var map = L.map(box, { zoomControl: false, attributionControl: false, scrollWheelZoom: false, trackResize: false,
      zoomAnimation: false, fadeAnimation: !still, markerZoomAnimation: false, zoomSnap: 0, inertia: false,
      renderer: L.svg({ padding: 0.5 }) });
    L.control.zoom({ position: "topright" }).addTo(map);
    if (data.bbox) bounds = L.latLngBounds([data.bbox[1], data.bbox[0]], [data.bbox[3], data.bbox[2]]);
    map.fitBounds(bounds, { animate: false });
    ROLES.forEach(function (role) {
      var source = role === "casing" ? "neighbourhood" : role;
      L.geoJSON(shapes, { interactive: role === "choropleth",
        filter: function (f) { return f.properties.role === source; },
        style: function (f) {
          return role === "casing" ? { color: "#fff", weight: f.properties.casing, fill: false } : f.properties.style;
        },
        onEachFeature: function (f, layer) { if (role !== "casing") own.each(f, layer); } }).addTo(map);
    });
    own.start(map, "Map of " + box.dataset.name + ", one of " + boxes.length + " that move together. Tab to an area, arrow keys " +
      "move to the next one, Enter chooses it, Escape returns to the map. Every figure is in the table.");
    return { map: map, areas: own, bounds: bounds.pad(0.08) };
  }

  // Metres on the ground that a pixel stands for: the projection stretches with the latitude.
  function metres(latitude, zoom) { return 40075016.7 * Math.cos(latitude * Math.PI / 180) / Math.pow(2, zoom + 8); }
  function zoomFor(latitude, wanted) { return Math.log2(metres(latitude, 0) / wanted); }

  function fit(side) {
    var centre = side.bounds.getCenter();
    return { centre: centre, zoom: Math.min(CLOSEST, side.map.getBoundsZoom(side.bounds)) };
  }

  function place(side, centre, zoom) { side.map.setView(centre, zoom, { animate: false }); }

  function together() {                    // as close as the largest place allows, the same for all
    moving = true;
    var fits = sides.map(fit);
    var most = Math.max.apply(null, fits.map(function (f) { return metres(f.centre.lat, f.zoom); }));
    sides.forEach(function (side, n) {
      place(side, fits[n].centre, linked ? zoomFor(fits[n].centre.lat, most) : fits[n].zoom);
      side.home = fits[n].centre;
    });
    moving = false;
  }

  function follow(from) {                  // the others go as far from where they began, in metres on the ground
    if (moving || !linked) return;
    moving = true;
    var zoom = from.map.getZoom(), scale = metres(from.home.lat, zoom);
    var off = from.map.project(from.map.getCenter(), zoom).subtract(from.map.project(from.home, zoom));
    sides.forEach(function (side) {
      if (side === from) return;
      var own = zoomFor(side.home.lat, scale);
      place(side, side.map.unproject(side.map.project(side.home, own).add(off), own), own);
    });
    moving = false;
  }

  function buttons() {
    var bar = boundsAreas.node("p", undefined, "views pairviews noprint");
    bar.setAttribute("role", "group"); bar.setAttribute("aria-label", "Scale of the maps");
    [["Same scale", true], ["Each as large as it fits", false]].forEach(function (one) {
      var button = boundsAreas.node("button", one[0]);
      button.type = "button"; button.setAttribute("aria-pressed", String(one[1]));
      button.addEventListener("click", function () {
        linked = one[1];
        bar.querySelectorAll("button").forEach(function (b) { b.setAttribute("aria-pressed", String(b === button)); });
        together();
      });
      bar.append(button);
    });
    pair.before(bar);
  }
})();
