// The map: terrain tiles, camera footprints, trails, vehicles and hotspots, on canvas (no WebGL).

/** @import { Hotspot, TrailPoint, Vehicle } from "../records.js" */

import { at, baseMap, fill, stroke } from "../map/base.js";

// OpenLayers' full build sets this global; see index.html.
const ol = /** @type {any} */ (globalThis).ol;

const TRAIL_POINTS = 2000;
const TRAIL_GAP_MS = 60_000; // longer, and nobody knows where it was in between
const MARK_RADIUS_PX = 8;
const COLOURS = { fire: "#ff4d1c", signature: "#ffd23f", quiet: "#c9c2b4", selected: "#ffffff" };

/**
 * Draws into `target` and tells `onSelect` which hotspot was tapped (null: none).
 * @param {HTMLElement} target
 * @param {{
 *   settings: { lat_deg: number, lon_deg: number, zoom: number, min_tile_zoom: number, max_tile_zoom: number },
 *   onSelect: (id: string | null) => void,
 *   onFollowEnd: () => void,
 * }} options
 */
export function createMap(target, { settings, onSelect, onFollowEnd }) {
  const hotspots = new ol.source.Vector();
  const dismissed = new ol.source.Vector();
  const vehicles = new ol.source.Vector();
  const ground = new ol.source.Vector();
  /** @type {string | null} */
  let selected = null;
  /** @type {number | null} */
  let followed = null;
  /** Places with times, oldest first, of each vehicle. @type {Map<number, number[][]>} */
  const trails = new Map();
  // Drawn once into an image and moved with the view: a thousand marks pan smoothly.
  const marks = (/** @type {any} */ source) =>
    new ol.layer.VectorImage({
      source,
      style: (/** @type {any} */ feature, /** @type {number} */ resolution) =>
        hotspotStyle(feature, feature.getId() === selected, resolution),
      imageRatio: 1.5,
      zIndex: 1, // above the tracks that others add
    });
  const dismissedMarks = marks(dismissed);
  dismissedMarks.setVisible(false);

  const map = baseMap(target, settings, [
    new ol.layer.Vector({ source: ground, style: groundStyle }),
    marks(hotspots),
    new ol.layer.Vector({ source: vehicles, style: vehicleStyle, zIndex: 1 }),
    dismissedMarks,
  ]);

  map.on("click", (/** @type {any} */ event) => {
    const hit = map.forEachFeatureAtPixel(event.pixel, (/** @type {any} */ f) => f.getId(), {
      layerFilter: (/** @type {any} */ layer) => [hotspots, dismissed].includes(layer.getSource()),
      hitTolerance: 14,
    });
    onSelect(hit ?? null);
  });
  map.on("pointerdrag", stopFollowing);

  return {
    map,

    /** @param {Hotspot} hotspot */
    showHotspot(hotspot) {
      const [source, other] = hotspot.state === "dismissed" ? [dismissed, hotspots] : [hotspots, dismissed];
      const moved = other.getFeatureById(hotspot.hotspot_id);
      if (moved) other.removeFeature(moved);
      const known = source.getFeatureById(hotspot.hotspot_id);
      if (!hotspot.fix) return;
      const place = at(hotspot.fix.lon_deg, hotspot.fix.lat_deg);
      const feature = known ?? new ol.Feature();
      feature.setGeometry(new ol.geom.Point(place));
      feature.set("kind", hotspot.kind);
      feature.set("state", hotspot.state);
      feature.set("circle", new ol.geom.Circle(place, mercatorMetres(hotspot.fix.ce90_m, hotspot.fix.lat_deg)));
      if (!known) {
        feature.setId(hotspot.hotspot_id);
        source.addFeature(feature);
      }
    },

    /** @param {boolean} visible */
    showDismissed(visible) {
      dismissedMarks.setVisible(visible);
    },

    /** @param {string | null} id */
    select(id) {
      selected = id;
      hotspots.changed();
      dismissed.changed();
    },

    /** @param {Hotspot} hotspot */
    goTo(hotspot) {
      if (!hotspot.fix) return;
      stopFollowing();
      const view = map.getView();
      view.animate({
        center: at(hotspot.fix.lon_deg, hotspot.fix.lat_deg),
        zoom: Math.max(view.getZoom() ?? 0, 15),
        duration: 400,
      });
    },

    /** @param {Vehicle} vehicle @param {string} label */
    showVehicle(vehicle, label) {
      const { state } = vehicle;
      if (!state) return;
      const place = at(state.lon_deg, state.lat_deg);
      const mark = ensure(vehicles, `vehicle-${vehicle.system_id}`);
      mark.set("heading", state.heading_deg ?? null, true);
      mark.set("label", label, true);
      mark.setGeometry(new ol.geom.Point(place));
      extendTrail(vehicle.system_id, place, Date.parse(state.time_utc));
      showFootprint(vehicle.system_id, state.footprint);
      if (followed === vehicle.system_id) map.getView().setCenter(place);
    },

    /** What the station remembers of a vehicle's way; what was heard since then stays. */
    showTrail(/** @type {number} */ systemId, /** @type {TrailPoint[]} */ points) {
      const past = points.map((p) => [...at(p.lon_deg, p.lat_deg), Date.parse(p.time_utc)]);
      const end_ms = past.at(-1)?.[2] ?? -Infinity;
      drawTrail(systemId, [...past, ...(trails.get(systemId) ?? []).filter((p) => p[2] > end_ms)]);
    },

    /** A vehicle that is not heard is drawn faint, and what its camera saw last is not drawn. */
    showSilence(/** @type {number} */ systemId, /** @type {boolean} */ silent) {
      vehicles.getFeatureById(`vehicle-${systemId}`)?.set("silent", silent);
      ground.getFeatureById(`view-${systemId}`)?.set("silent", silent);
    },

    /** @param {number | null} systemId */
    follow(systemId) {
      followed = systemId;
      const mark = systemId === null ? null : vehicles.getFeatureById(`vehicle-${systemId}`);
      if (mark) map.getView().animate({ center: mark.getGeometry().getCoordinates(), duration: 300 });
    },

    /** Everything that has a place, in one view. */
    showAll() {
      stopFollowing();
      const extent = ol.extent.createEmpty();
      for (const source of [hotspots, vehicles]) ol.extent.extend(extent, source.getExtent());
      if (!ol.extent.isEmpty(extent)) {
        map.getView().fit(extent, { padding: [60, 60, 60, 60], maxZoom: 15, duration: 400 });
      }
    },
  };

  function stopFollowing() {
    if (followed === null) return;
    followed = null;
    onFollowEnd();
  }

  function extendTrail(/** @type {number} */ systemId, /** @type {number[]} */ place, /** @type {number} */ time_ms) {
    const points = trails.get(systemId) ?? [];
    const last = points.at(-1);
    if (last && last[0] === place[0] && last[1] === place[1]) last[2] = time_ms;
    else drawTrail(systemId, [...points, [...place, time_ms]]);
  }

  function drawTrail(/** @type {number} */ systemId, /** @type {number[][]} */ points) {
    const kept = points.slice(-TRAIL_POINTS);
    trails.set(systemId, kept);
    ensure(ground, `trail-${systemId}`).setGeometry(new ol.geom.MultiLineString(withoutGaps(kept)));
  }

  function showFootprint(/** @type {number} */ systemId, /** @type {[number, number][] | null} */ corners) {
    const feature = ensure(ground, `view-${systemId}`);
    feature.setGeometry(corners ? new ol.geom.Polygon([corners.map(([lon, lat]) => at(lon, lat))]) : undefined);
  }
}

/** Mercator stretches lengths by 1 / cos(latitude). */
function mercatorMetres(/** @type {number} */ metres, /** @type {number} */ latDeg) {
  return metres / Math.cos((latDeg * Math.PI) / 180);
}

function ensure(/** @type {any} */ source, /** @type {string} */ id) {
  const known = source.getFeatureById(id);
  if (known) return known;
  const feature = new ol.Feature();
  feature.setId(id);
  source.addFeature(feature);
  return feature;
}

/** Lines of a trail, cut where the vehicle was not heard. */
function withoutGaps(/** @type {number[][]} */ points) {
  /** @type {number[][][]} */
  const lines = [];
  let before_ms = -Infinity;
  for (const [x, y, time_ms] of points) {
    const gap = Math.abs(time_ms - before_ms) > TRAIL_GAP_MS;
    if (gap) lines.push([]);
    lines[lines.length - 1].push([x, y]);
    before_ms = time_ms;
  }
  return lines;
}


const TRAIL = [
  new ol.style.Style({ stroke: stroke("rgba(20, 30, 40, 0.55)", 4) }),
  new ol.style.Style({ stroke: stroke("#7fd0ff", 2) }),
];
const FOOTPRINT = [
  new ol.style.Style({ stroke: stroke("rgba(20, 30, 40, 0.5)", 3.5), fill: fill("rgba(190, 230, 255, 0.16)") }),
  new ol.style.Style({ stroke: stroke("#e8f6ff", 1.5, [6, 4]) }),
];

function groundStyle(/** @type {any} */ feature) {
  if (String(feature.getId()).startsWith("trail-")) return TRAIL;
  return feature.get("silent") ? undefined : FOOTPRINT;
}

/** @type {Map<string, any[]>} */
const hotspotStyles = new Map();

/** A mark, and its circle where that is larger; what is already dealt with steps back. */
function hotspotStyle(
  /** @type {any} */ feature,
  /** @type {boolean} */ chosen,
  /** @type {number} */ resolution,
) {
  const kind = /** @type {"fire" | "signature"} */ (feature.get("kind"));
  const state = feature.get("state");
  const circle = feature.get("circle").getRadius() > MARK_RADIUS_PX * resolution;
  const key = `${kind} ${state} ${chosen} ${circle}`;
  let styles = hotspotStyles.get(key);
  if (!styles) {
    styles = [markStyle(kind, state, chosen), ...(circle ? [circleStyle(kind, state, chosen)] : [])];
    hotspotStyles.set(key, styles);
  }
  return styles;
}

/** @typedef {"fire" | "signature"} Kind */

function markStyle(/** @type {Kind} */ kind, /** @type {string} */ state, /** @type {boolean} */ chosen) {
  const colour = colourOf(kind, state);
  const radius = (state === "new" ? MARK_RADIUS_PX : 6) + (chosen ? 3 : 0);
  const shape = {
    radius,
    fill: fill(state === "new" ? colour : `${colour}66`),
    stroke: stroke(chosen ? COLOURS.selected : "#1d1410", chosen ? 3.5 : 1.5),
  };
  return new ol.style.Style({
    image:
      kind === "fire"
        ? new ol.style.Circle(shape)
        : new ol.style.RegularShape({ ...shape, radius: radius + 2, points: 4 }),
    zIndex: chosen ? 2 : state === "new" ? 1 : 0,
  });
}

function circleStyle(/** @type {Kind} */ kind, /** @type {string} */ state, /** @type {boolean} */ chosen) {
  const colour = colourOf(kind, state);
  return new ol.style.Style({
    geometry: (/** @type {any} */ feature) => feature.get("circle"),
    stroke: stroke(colour, chosen ? 2.5 : 1.2),
    fill: fill(`${colour}1f`),
  });
}

const colourOf = (/** @type {Kind} */ kind, /** @type {string} */ state) =>
  state === "dismissed" ? COLOURS.quiet : COLOURS[kind];

const ARROW = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" width="36" height="36" viewBox="0 0 36 36">' +
    '<path d="M18 3 L29 31 L18 25 L7 31 Z" fill="#0b84d8" stroke="#fff" stroke-width="2.5" stroke-linejoin="round"/></svg>',
)}`;

function vehicleStyle(/** @type {any} */ feature) {
  const heading = feature.get("heading");
  const image =
    heading === null
      ? new ol.style.Circle({ radius: 9, fill: fill("#0b84d8"), stroke: stroke("#fff", 2.5) })
      : new ol.style.Icon({ src: ARROW, rotation: (heading * Math.PI) / 180, rotateWithView: true });
  image.setOpacity(feature.get("silent") ? 0.45 : 1);
  return new ol.style.Style({
    image,
    text: new ol.style.Text({
      text: feature.get("label"),
      offsetY: 27,
      font: "600 13px system-ui, sans-serif",
      fill: fill("#fff"),
      stroke: stroke("rgba(15, 20, 25, 0.85)", 3.5),
    }),
  });
}
