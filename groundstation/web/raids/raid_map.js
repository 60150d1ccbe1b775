// The map of one raid: its ways, what was found, and where everybody is while it is replayed.

import { at, baseMap, fill, stroke } from "../map/base.js";
import { linesOf, placeAt } from "./way.js";

/** @import { Navigator } from "./way.js" */

// OpenLayers' full build sets this global; see index.html.
const ol = /** @type {any} */ (globalThis).ol;

/** Apart from each other for everybody, on light and dark ground (Okabe and Ito, 2008). */
export const COLOURS = ["#ffb347", "#56c7ff", "#e78ac3", "#a6e05a", "#ffe66b", "#c9a2ff"];
export const colourOf = (/** @type {number} */ nth) => COLOURS[nth % COLOURS.length];

/** By the first level of a category's key: [shape, colour]. */
const MARKS = /** @type {Record<string, [string, string]>} */ ({
  violation: ["triangle", "#ff5a3c"],
  fire: ["triangle", "#ff9a1f"],
  tiger: ["circle", "#ffb347"],
  leopard: ["circle", "#ffd23f"],
  animal: ["circle", "#b9d68b"],
  camera_trap: ["square", "#6ab7ff"],
  conflict: ["diamond", "#d694ff"],
});
const OTHER = ["circle", "#d5d0c4"];
export const markOf = (/** @type {string | null} */ category) => MARKS[(category ?? "").split(".")[0]] ?? OTHER;

const SHAPES = /** @type {Record<string, object>} */ ({
  triangle: { points: 3, radius: 11 },
  square: { points: 4, radius: 11, angle: Math.PI / 4 },
  diamond: { points: 4, radius: 11 },
  circle: { points: 24, radius: 8 },
});

/**
 * @param {HTMLElement} target
 * @param {{ settings: any, onObservation: (id: string | null) => void, onPlace: (place: { navigator: number, i: number } | null) => void }} options
 */
export function createRaidMap(target, { settings, onObservation, onPlace }) {
  const ways = new ol.source.Vector();
  const finds = new ol.source.Vector();
  const people = new ol.source.Vector();
  let selected = "";
  /** @type {Navigator[]} */
  let navigators = [];
  const wayLayer = new ol.layer.VectorImage({ source: ways, style: wayStyle, imageRatio: 1.5 });
  const map = baseMap(target, settings, [
    wayLayer,
    new ol.layer.Vector({ source: finds, style: (/** @type {any} */ f) => findStyle(f, f.getId() === selected) }),
    new ol.layer.Vector({ source: people, style: personStyle }),
  ]);
  const spot = new ol.Feature();
  people.addFeature(spot);

  map.on("click", (/** @type {any} */ event) => {
    const options = { layerFilter: (/** @type {any} */ layer) => layer.getSource() === finds, hitTolerance: 14 };
    onObservation(map.forEachFeatureAtPixel(event.pixel, (/** @type {any} */ f) => f.getId(), options) ?? null);
    onPlace(nearest(event.coordinate));
  });

  /** The point of a way within a finger's breadth. */
  function nearest(/** @type {number[]} */ coordinate) {
    const reach = 18 * map.getView().getResolution();
    let best = { navigator: 0, i: 0, away: Infinity };
    navigators.forEach(({ points }, navigator) =>
      points.forEach((p, i) => {
        const [x, y] = at(p.lon, p.lat);
        const away = Math.hypot(x - coordinate[0], y - coordinate[1]);
        if (away < best.away) best = { navigator, i, away };
      }),
    );
    return best.away <= reach ? best : null;
  }

  return {
    map,
    ways,
    finds,
    people,

    showWays(/** @type {Navigator[]} */ shown) {
      navigators = shown;
      ways.clear();
      shown.forEach((navigator, nth) => {
        for (const [kind, lines] of Object.entries(linesOf(navigator))) {
          const geometry = new ol.geom.MultiLineString(lines.map((line) => line.map(([lon, lat]) => at(lon, lat))));
          ways.addFeature(new ol.Feature({ geometry, kind, colour: colourOf(nth) }));
        }
      });
    },

    /** @param {any[]} observations as of the station @param {{ lat_deg: number | null, lon_deg: number | null }} own place of an ambush */
    showFinds(observations, own) {
      finds.clear();
      for (const o of observations) {
        if (o.lat_deg === null || o.lon_deg === null) continue;
        const feature = new ol.Feature({ geometry: new ol.geom.Point(at(o.lon_deg, o.lat_deg)), category: o.category, withdrawn: o.withdrawn !== null });
        feature.setId(o.observation_id);
        finds.addFeature(feature);
      }
      if (own.lat_deg !== null && own.lon_deg !== null) {
        finds.addFeature(new ol.Feature({ geometry: new ol.geom.Point(at(own.lon_deg, own.lat_deg)), ambush: true }));
      }
    },

    select(/** @type {string} */ id, go = true) {
      selected = id;
      finds.changed();
      const place = id && finds.getFeatureById(id)?.getGeometry().getCoordinates();
      if (place && go) map.getView().animate({ center: place, zoom: Math.max(map.getView().getZoom() ?? 0, 14), duration: 300 });
    },

    /** The place a finger points at in the profile. @param {{ lon: number, lat: number } | null} place */
    point(place) {
      spot.setGeometry(place ? new ol.geom.Point(at(place.lon, place.lat)) : undefined);
      spot.set("spot", true);
    },

    /** Everybody where they were at that time; null: no replay. */
    showTime(/** @type {number | null} */ time_ms) {
      navigators.forEach((navigator, nth) => {
        const id = `person-${nth}`;
        let person = people.getFeatureById(id);
        if (!person) {
          person = new ol.Feature({ colour: colourOf(nth) });
          person.setId(id);
          people.addFeature(person);
        }
        const place = time_ms === null ? null : placeAt(navigator, time_ms);
        person.set("label", navigators.length > 1 ? (navigator.name ?? "") : "", true);
        person.setGeometry(place ? new ol.geom.Point(at(place.lon, place.lat)) : undefined);
      });
      wayLayer.setOpacity(time_ms === null ? 1 : 0.65);
    },

    fit() {
      const extent = ol.extent.createEmpty();
      for (const source of [ways, finds]) ol.extent.extend(extent, source.getExtent());
      if (!ol.extent.isEmpty(extent)) map.getView().fit(extent, { padding: [50, 50, 50, 50], maxZoom: 15 });
    },
  };
}

/** @type {Map<string, any[]>} */
const wayStyles = new Map();

function wayStyle(/** @type {any} */ feature) {
  const kind = feature.get("kind");
  const colour = feature.get("colour");
  const key = `${kind} ${colour}`;
  const known = wayStyles.get(key);
  if (known) return known;
  const lines = {
    counted: [stroke("rgba(30, 20, 10, 0.6)", 5), stroke(colour, 2.8)],
    again: [stroke(`${colour}80`, 1.6)],
    gap: [stroke(`${colour}b0`, 1.6, [6, 8])],
  };
  const styles = lines[/** @type {keyof typeof lines} */ (kind)].map((line) => new ol.style.Style({ stroke: line, zIndex: kind === "counted" ? 1 : 0 }));
  wayStyles.set(key, styles);
  return styles;
}

function findStyle(/** @type {any} */ feature, /** @type {boolean} */ chosen) {
  const [shape, colour] = feature.get("ambush") ? ["square", "#ffffff"] : markOf(feature.get("category"));
  const { radius, ...form } = /** @type {any} */ (SHAPES[shape]);
  return new ol.style.Style({
    image: new ol.style.RegularShape({
      ...form,
      radius: radius + (chosen ? 5 : 0),
      fill: fill(feature.get("withdrawn") ? `${colour}40` : colour),
      stroke: stroke(chosen ? "#ffffff" : "#1d1410", chosen ? 3 : 1.5),
    }),
    zIndex: chosen ? 2 : 1,
  });
}

function personStyle(/** @type {any} */ feature) {
  const colour = feature.get("spot") ? "#ffffff" : feature.get("colour");
  return new ol.style.Style({
    image: new ol.style.Circle({ radius: feature.get("spot") ? 6 : 9, fill: fill(colour), stroke: stroke("#12181b", 3) }),
    text: new ol.style.Text({
      text: feature.get("label") || "",
      offsetY: -20,
      font: "600 13px system-ui, sans-serif",
      fill: fill("#fff"),
      stroke: stroke("rgba(15, 20, 25, 0.85)", 3.5),
    }),
    zIndex: 3,
  });
}
