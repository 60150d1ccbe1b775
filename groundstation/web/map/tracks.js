// Walked tracks on the map: the way, what lies beside it, and where nobody knows.

/**
 * Columns of one segment, `GET /api/v1/tracks/{id}`.
 * @typedef {object} Segment
 * @property {(number | null)[]} lon_deg
 * @property {(number | null)[]} lat_deg
 * @property {number[]} marks
 */

import { at, stroke } from "./base.js";

// OpenLayers' full build sets this global; see index.html.
const ol = /** @type {any} */ (globalThis).ol;

// As in groundstation/dock/cleanup/.
const OUTLIER = 1;
const JITTER = 2;
const GAP_BEFORE = 4;
const NO_POSITION = 16;

const dot = (/** @type {number} */ radius, /** @type {string} */ color, /** @type {string} */ edge) =>
  new ol.style.Circle({ radius, fill: new ol.style.Fill({ color }), stroke: stroke(edge, 1.2) });

const STYLES = {
  beside: new ol.style.Style({ stroke: stroke("#a8b0aecc", 1, [3, 4]) }),
  outlier: new ol.style.Style({ image: dot(4, "#a8b0ae", "#4b5352") }),
  jitter: new ol.style.Style({ image: dot(2, "#f6d9a8", "#8a6d3b") }),
  gap: new ol.style.Style({ stroke: stroke("#ffb347", 2, [8, 8]) }),
  way: [
    new ol.style.Style({ stroke: stroke("rgba(30, 20, 10, 0.6)", 5) }),
    new ol.style.Style({ stroke: stroke("#ffb347", 2.8) }),
  ],
  start: new ol.style.Style({ image: dot(6, "#7ccf8a", "#12301a"), zIndex: 2 }),
  place: new ol.style.Style({
    image: new ol.style.RegularShape({
      points: 3,
      radius: 11,
      rotation: Math.PI,
      displacement: [0, 8],
      fill: new ol.style.Fill({ color: "#ff9ddb" }),
      stroke: stroke("#40102e", 1.5),
    }),
    zIndex: 3,
  }),
  end: new ol.style.Style({ image: dot(6, "#1d2326", "#ffffff"), zIndex: 2 }),
};

/** Lines and points of a track, by what they say. */
export function partsOf(/** @type {Segment[]} */ segments) {
  /** @type {Record<"way" | "gap" | "beside", number[][][]>} */
  const lines = { way: [], gap: [], beside: [] };
  /** @type {Record<"outlier" | "jitter" | "start" | "end", number[][]>} */
  const points = { outlier: [], jitter: [], start: [], end: [] };
  for (const segment of segments) {
    /** @type {number[] | null} */
    let onWay = null;
    /** @type {number[] | null} */
    let before = null;
    let beforeOut = false;
    /** A gap's mark may stand on a point that is itself jitter. */
    let gap = false;
    segment.marks.forEach((mark, i) => {
      const lon = segment.lon_deg[i];
      const lat = segment.lat_deg[i];
      if (mark & NO_POSITION || lon === null || lat === null) return;
      const here = at(lon, lat);
      const out = Boolean(mark & OUTLIER);
      if (before && (out || beforeOut)) lines.beside.push([before, here]);
      [before, beforeOut] = [here, out];
      if (out) return points.outlier.push(here);
      gap ||= Boolean(mark & GAP_BEFORE);
      if (mark & JITTER) return points.jitter.push(here);
      if (!onWay || gap) {
        if (onWay) lines.gap.push([onWay, here]);
        lines.way.push([]);
      }
      lines.way[lines.way.length - 1].push(here);
      [onWay, gap] = [here, false];
    });
  }
  const ways = lines.way.filter((line) => line.length > 0);
  if (ways.length) {
    points.start.push(ways[0][0]);
    points.end.push(ways[ways.length - 1][ways[ways.length - 1].length - 1]);
  }
  return { lines, points };
}

/** Adds a layer of its own to `map`. */
export function createTracks(/** @type {any} */ map) {
  const source = new ol.source.Vector();
  const layer = new ol.layer.VectorImage({
    source,
    imageRatio: 1.5,
    style: (/** @type {any} */ feature) => STYLES[/** @type {keyof typeof STYLES} */ (feature.get("part"))],
  });
  map.addLayer(layer);
  /** Features by track. @type {Map<number, any[]>} */
  const drawn = new Map();
  const place = new ol.Feature({ part: "place" });
  source.addFeature(place);

  return {
    source,

    /** @param {number} id @param {Segment[]} segments */
    show(id, segments) {
      this.hide(id);
      const { lines, points } = partsOf(segments);
      const geometries = [
        ...Object.entries(lines).map(([part, made]) => [part, new ol.geom.MultiLineString(made)]),
        ...Object.entries(points).map(([part, made]) => [part, new ol.geom.MultiPoint(made)]),
      ];
      const features = geometries.map(([part, geometry]) => new ol.Feature({ part, geometry }));
      drawn.set(id, features);
      source.addFeatures(features);
      const extent = ol.extent.createEmpty();
      for (const f of features) {
        if (f.get("part") !== "beside" && f.get("part") !== "outlier") ol.extent.extend(extent, f.getGeometry().getExtent());
      }
      if (!ol.extent.isEmpty(extent)) {
        map.getView().fit(extent, { padding: [50, 50, 50, 50], maxZoom: 16, duration: 400 });
      }
    },

    has: (/** @type {number} */ id) => drawn.has(id),

    /** @param {{ lat_deg: number | null, lon_deg: number | null }} place */
    goTo({ lat_deg, lon_deg }) {
      if (lat_deg === null || lon_deg === null) return;
      const here = at(lon_deg, lat_deg);
      place.setGeometry(new ol.geom.Point(here));
      map.getView().animate({ center: here, zoom: Math.max(map.getView().getZoom() ?? 0, 15), duration: 400 });
    },

    hide(/** @type {number} */ id) {
      for (const feature of drawn.get(id) ?? []) source.removeFeature(feature);
      drawn.delete(id);
    },
  };
}
