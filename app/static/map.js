/* Turns the server's SVG map into a Leaflet map in the same box. No framework; works under
 * default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'.
 *
 * Page (scripts in this order, all `defer`: leaflet.js, areas.js, map.js):
 *   <div class="mapbox">
 *     <svg class="mapsvg percent"> ... drawn by maps.svg_map.draw_map(labels="percent") ... </svg>
 *     <div id="map" hidden data-geojson="URL of maps.leaflet.map_topology or map_geojson"
 *          data-focus-label="Priority areas" data-all-label="Whole partnership"
 *          data-focus-role="choropleth"  (optional: what the map opens on; else the neighbourhoods)
 *          data-rasters='[{"name", "tiles", "bounds"}]'  (optional: grids to be laid over, off at first)
 *          data-basemap-url data-basemap-attribution data-basemap-max-zoom  (all three optional)></div>
 *   </div>
 *   <p id="map-status" role="status"></p>      words when the map data or the background fail
 *   <div id="detail" aria-live="polite" hidden></div>
 * When it is up: #map[data-ready="true"] and .mapbox.live. When it fails the SVG stays.
 */
(function () {
  "use strict";
  var CLOSEST = 14.5;   // one small area alone still stands among its neighbours
  var box = document.getElementById("map");
  if (!box || !box.dataset.geojson) return;
  var frame = box.closest(".mapbox"), status = document.getElementById("map-status");

  function say(words) {
    if (!status) {
      status = boundsAreas.node("p"); status.id = "map-status"; status.setAttribute("role", "status");
      frame.after(status);
    }
    status.className = "warning"; status.textContent = words;
  }

  if (!window.L || !window.boundsAreas || !frame) return;
  fetch(box.dataset.geojson, { credentials: "same-origin" })
    .then(function (answer) {
      if (!answer.ok) throw new Error("HTTP " + answer.status);
      return answer.json();
    })
    .then(build)
    .catch(function () {
      frame.classList.remove("live"); box.hidden = true;
      say("The interactive map could not be loaded. The picture and the table hold the same figures.");
    });

  // a Topology, in which each border stands once, becomes the features it was made of
  function unfold(topology) {
    var by = topology.transform.scale, from = topology.transform.translate;
    function at(step) { return [step[0] * by[0] + from[0], step[1] * by[1] + from[1]]; }
    var arcs = topology.arcs.map(function (steps) {
      var x = 0, y = 0;
      return steps.map(function (step) { return at([x += step[0], y += step[1]]); });
    });
    function ring(numbers) {
      return numbers.reduce(function (points, number) {
        var arc = number < 0 ? arcs[~number].slice().reverse() : arcs[number];
        return points.concat(points.length ? arc.slice(1) : arc);
      }, []);
    }
    return topology.objects.map.geometries.map(function (one) {
      var shape = { type: one.type };
      if (one.type === "Point") shape.coordinates = at(one.coordinates);
      else if (one.type === "Polygon") shape.coordinates = one.arcs.map(ring);
      else if (one.type) shape.coordinates = one.arcs.map(function (part) { return part.map(ring); });
      return { type: "Feature", properties: one.properties, geometry: one.type ? shape : null };
    });
  }

  function build(data) {
    if (data.type === "Topology") data.features = unfold(data);
    if (!data.features || !data.features.length) throw new Error("no features");
    box.hidden = false; frame.classList.add("live");
    var still = boundsAreas.still;
    var map = L.map(box, { zoomControl: false, attributionControl: false, scrollWheelZoom: false,
      trackResize: false, zoomAnimation: !still, fadeAnimation: !still, markerZoomAnimation: !still, zoomSnap: 0.25,
      renderer: L.svg({ padding: 0.5 }) });
    L.control.zoom({ position: box.clientWidth < 480 ? "bottomright" : "topright" }).addTo(map);

    var shapes = { type: "FeatureCollection",
      features: data.features.filter(function (f) { return f.geometry; }) };
    // circles are sized for the drawn map; on a phone they would cover what they stand on
    var scale = Math.max(0.5, Math.min(1, box.clientWidth / 840));
    shapes.features.forEach(function (f) {
      if (f.properties.radius) f.properties.radius = Math.max(3.5, f.properties.radius * scale);
    });
    var focus = L.latLngBounds([]), all = L.latLngBounds([]);
    if (data.bbox) all = L.latLngBounds([data.bbox[1], data.bbox[0]], [data.bbox[3], data.bbox[2]]);
    map.fitBounds(all.isValid() ? all : [[49.9, -6.4], [55.8, 1.8]], { animate: false });

    // one group per role, from the ground up, so that the pile is that of the SVG
    var areas;
    ["context", "choropleth", "outline", "casing", "neighbourhood", "point"].forEach(function (role) {
      if (role === "context" && box.dataset.basemapUrl) return;
      var one = group(shapes, role).addTo(map);
      if (role === "choropleth") areas = one;
    });
    shapes.features.forEach(function (f) {
      if (f.properties.role === (box.dataset.focusRole || "neighbourhood")) focus.extend(L.geoJSON(f).getBounds());
    });
    boundsAreas.places(shapes.features.filter(function (f) { return f.properties.role === "place"; }));
    if (focus.isValid()) map.fitBounds(focus.pad(0.08), { animate: false, maxZoom: CLOSEST });
    if (focus.isValid() && all.isValid() && !focus.pad(0.1).contains(all)) views(map, focus, all);
    if (box.dataset.basemapUrl) basemap(map);
    if (box.dataset.rasters) rasters(map, JSON.parse(box.dataset.rasters), areas);
    boundsAreas.start(map);
  }

  function group(shapes, role) {
    var source = role === "casing" ? "neighbourhood" : role;
    return L.geoJSON(shapes, {
      interactive: role === "choropleth" || role === "point",
      filter: function (f) { return f.properties.role === source; },
      style: function (f) {
        if (role === "casing") return { color: "#fff", weight: f.properties.casing, fill: false };
        return role === "choropleth" && box.dataset.basemapUrl
          ? L.extend({}, f.properties.style, { fillOpacity: 0.8 }) : f.properties.style;
      },
      pointToLayer: function (f, at) { return L.circleMarker(at, { radius: f.properties.radius }); },
      onEachFeature: function (f, layer) { if (role !== "casing") boundsAreas.each(f, layer); }
    });
  }

  function views(map, focus, all) {
    var Views = L.Control.extend({ onAdd: function () {
      var bar = boundsAreas.node("div", undefined, "views leaflet-bar");
      [[box.dataset.focusLabel || "Priority areas", focus.pad(0.08)],
        [box.dataset.allLabel || "Whole area", all]].forEach(function (view, n) {
        var button = boundsAreas.node("button", view[0]);
        button.type = "button"; button.setAttribute("aria-pressed", n === 0 ? "true" : "false");
        button.addEventListener("click", function () {
          bar.querySelectorAll("button").forEach(function (b) {
            b.setAttribute("aria-pressed", b === button ? "true" : "false");
          });
          map.fitBounds(view[1], { animate: !boundsAreas.still, maxZoom: CLOSEST });
        });
        bar.append(button);
      });
      L.DomEvent.disableClickPropagation(bar);
      return bar;
    } });
    new Views({ position: "topleft" }).addTo(map);
  }

  // A grid lies beneath the lines and circles, and takes the place of the areas' shading while it is on.
  function rasters(map, grids, areas) {
    var choices = {}, on = 0;
    map.createPane("grids").style.zIndex = 350;
    grids.forEach(function (grid, n) {
      var key = document.getElementById("grid-key-" + n);
      var name = boundsAreas.node("span", grid.name).innerHTML;   // escaped: the control writes HTML
      function turn(isOn) {
        on += isOn ? 1 : -1; if (key) key.hidden = !isOn;
        areas.setStyle(function (f) { return { fillOpacity: on ? 0 : box.dataset.basemapUrl ? 0.8 : f.properties.style.fillOpacity }; });
      }
      choices[name] = L.tileLayer(grid.tiles, { pane: "grids", bounds: grid.bounds, maxZoom: 18 })
        .on("add", function () { turn(true); }).on("remove", function () { turn(false); })
        .on("tileerror", function () { say("Some of the grid could not be loaded. The table holds its figures."); });
    });
    L.control.layers(null, choices, { collapsed: false, position: "bottomleft" }).addTo(map);
  }

  function basemap(map) {
    var d = box.dataset, loaded = 0, failed = 0;
    var tiles = L.tileLayer(d.basemapUrl, { opacity: 0.55, maxZoom: Number(d.basemapMaxZoom) || 18 });
    if (d.basemapAttribution) {
      var words = boundsAreas.node("p", d.basemapAttribution, "basemap-attribution");
      frame.append(words);
    }
    function giveUp() {
      if (loaded || !map.hasLayer(tiles)) return;
      map.removeLayer(tiles); if (words) words.remove();
      say("Background map not available.");
    }
    tiles.on("tileload", function () { loaded += 1; failed = 0; });
    tiles.on("tileerror", function () { failed += 1; if (failed >= 3) giveUp(); });
    tiles.addTo(map); setTimeout(giveUp, 4000);
  }
})();
