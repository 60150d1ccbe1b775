// The routes of a count on the map, in the colour of how far they are.

import { at, baseMap, fill, stroke } from "../map/base.js";

// OpenLayers' full build sets this global; see index.html.
const ol = /** @type {any} */ (globalThis).ol;

export const COLOURS = /** @type {Record<string, string>} */ ({ waiting: "#f4efe2", out: "#ffd23f", walked: "#56c7ff", filed: "#3fae58", off: "#8a918c" });

/** @param {HTMLElement} target @param {{ settings: any, onSelect: (id: string) => void }} options */
export function createRouteMap(target, { settings, onSelect }) {
  const source = new ol.source.Vector();
  let selected = "";
  let fitted = false;
  const map = baseMap(target, settings, [
    new ol.layer.Vector({ source, style: (/** @type {any} */ f) => styleOf(f, f.getId() === selected), declutter: true }),
  ]);
  map.on("click", (/** @type {any} */ event) => {
    onSelect(map.forEachFeatureAtPixel(event.pixel, (/** @type {any} */ f) => f.getId(), { hitTolerance: 14 }) ?? "");
  });

  return {
    map,
    source,

    /** @param {{ route_id: string, number: string, line: [number, number][] }[]} routes @param {{ route_id: string, state: string }[]} lines which of them, and how far they are */
    show(routes, lines) {
      const states = new Map(lines.map(({ route_id, state }) => [route_id, state]));
      source.clear();
      for (const { route_id, number, line } of routes) {
        const state = states.get(route_id);
        if (!state) continue;
        const feature = new ol.Feature({ geometry: new ol.geom.LineString(line.map(([lon, lat]) => at(lon, lat))), number, state });
        feature.setId(route_id);
        source.addFeature(feature);
      }
      // Once: later the eye is somewhere.
      if (fitted || source.isEmpty()) return;
      fitted = true;
      map.getView().fit(source.getExtent(), { padding: [40, 40, 40, 40], maxZoom: 14 });
    },

    select(/** @type {string} */ id) {
      selected = id;
      source.changed();
      const geometry = id && source.getFeatureById(id)?.getGeometry();
      if (geometry) map.getView().fit(geometry.getExtent(), { padding: [80, 80, 80, 80], maxZoom: 14, duration: 300 });
    },
  };
}

function styleOf(/** @type {any} */ feature, /** @type {boolean} */ chosen) {
  const colour = COLOURS[feature.get("state")];
  const zIndex = chosen ? 2 : feature.get("state") === "out" ? 1 : 0;
  return [
    new ol.style.Style({ stroke: stroke("rgba(20, 25, 20, 0.75)", chosen ? 9 : 5.5), zIndex }),
    new ol.style.Style({
      stroke: stroke(colour, chosen ? 5.5 : 3),
      zIndex,
      text: new ol.style.Text({
        text: feature.get("number"),
        font: "700 13px system-ui, sans-serif",
        fill: fill("#10150f"),
        stroke: stroke(colour, 5),
      }),
    }),
  ];
}
