// What the station knows, kept up to date by its live events; the page draws from here.

import { get, post, urlOf } from "./api.js";
import { listen } from "./events.js";

/** @import { Docked } from "./dock/records.js" */

/**
 * @typedef {object} Fix
 * @property {number} lat_deg
 * @property {number} lon_deg
 * @property {number} alt_amsl_m
 * @property {number} ce90_m
 */
/**
 * @typedef {object} Hotspot
 * @property {string} hotspot_id
 * @property {number} revision
 * @property {number} system_id
 * @property {"fire" | "signature"} kind
 * @property {string} first_seen_utc
 * @property {string} last_seen_utc
 * @property {number} views
 * @property {Fix | null} fix
 * @property {number | null} peak_kelvin
 * @property {number | null} contrast_kelvin
 * @property {boolean} saturated
 * @property {"new" | "acknowledged" | "dismissed"} state
 * @property {"ip" | "radio"} source
 * @property {boolean} clock_suspect
 * @property {string} received_utc
 * @property {string} listed_utc
 * @property {string | null} thumbnail_etag
 * @property {string | null} unlocated_because
 */
/**
 * @typedef {object} VehicleState
 * @property {string} time_utc
 * @property {number} lat_deg
 * @property {number} lon_deg
 * @property {number | null} height_above_home_m
 * @property {number | null} heading_deg
 * @property {number | null} speed_m_s
 * @property {string | null} mode
 * @property {boolean | null} armed
 * @property {number | null} battery_percent
 * @property {[number, number][] | null} footprint
 */
/**
 * @typedef {object} Health
 * @property {string} time_utc
 * @property {string[]} problems
 */
/**
 * @typedef {object} Vehicle
 * @property {number} system_id
 * @property {VehicleState | null} state
 * @property {string | null} state_received_utc
 * @property {Health | null} health
 */

/**
 * @typedef {object} Decision
 * @property {string} time_utc
 * @property {"acknowledge" | "dismiss" | "reopen"} action
 * @property {string} who
 * @property {string | null} reason
 */

const PAGE = 500;
const MOST_OF_A_STATE = 5000;
const TRAIL_MS = 6 * 3600_000;

export const thumbnailUrl = (/** @type {Hotspot} */ h) =>
  urlOf(`hotspots/${h.hotspot_id}/thumbnail?etag=${h.thumbnail_etag}`);

/**
 * @param {string} id
 * @param {"acknowledge" | "dismiss" | "reopen"} action
 * @param {string} [reason]
 * @returns {Promise<Hotspot>}
 */
export const act = (id, action, reason) => post(`hotspots/${id}/${action}`, reason ? { reason } : {});

/** @typedef {{ lon_deg: number, lat_deg: number, time_utc: string }} TrailPoint */

/** @param {number} systemId @param {Date} since @returns {Promise<TrailPoint[]>} oldest first */
const getTrail = (systemId, since) =>
  get(`vehicles/${systemId}/trail?since=${encodeURIComponent(since.toISOString())}`);

/** @param {string} id @returns {Promise<{ history: Decision[] }>} */
export const getDetail = (id) => get(`hotspots/${id}`);

/**
 * Who is told, and of what; each only what it cares for.
 * @typedef {object} Watcher
 * @property {(hotspot: Hotspot, known: Hotspot | undefined) => void} [onHotspot]
 * @property {(vehicle: Vehicle) => void} [onVehicle]
 * @property {(systemId: number, points: TrailPoint[]) => void} [onTrail]
 * @property {() => void} [onDock]
 * @property {(raid: any) => void} [onRaid] a raid was filed, changed or withdrawn
 * @property {(line: any) => void} [onCount] a line of a winter count's board
 * @property {(up: boolean) => void} [onLink]
 */
/** @typedef {ReturnType<typeof openRecords>} Records */

/**
 * Reads everything once, then listens; reads everything again when events may have been missed.
 * @param {Set<string>} may what the person who is signed in may see
 */
export function openRecords(may) {
  /** @type {Map<string, Hotspot>} */
  const hotspots = new Map();
  /** @type {Map<number, Vehicle>} */
  const vehicles = new Map();
  /** Told by live events while the lists were on their way: the lists are older. */
  const told = new Set();
  const trails = new Set();
  /** By place. @type {Map<string, Docked>} */
  const docked = new Map();
  /** @type {Set<Watcher>} */
  const watchers = new Set();
  const records = {
    hotspots,
    vehicles,
    docked,
    /** What the station thinks of its dock. @type {{ enabled: boolean, warning: string | null } | null} */
    board: null,
    /** The station's clock minus this browser's: a tablet's clock may be hours off. */
    clockAhead_ms: 0,
    /** Whether the station answers; null before it has been asked. @type {boolean | null} */
    up: null,

    takeHotspot(/** @type {Hotspot} */ hotspot) {
      const known = hotspots.get(hotspot.hotspot_id);
      hotspots.set(hotspot.hotspot_id, hotspot);
      watchers.forEach((w) => w.onHotspot?.(hotspot, known));
    },

    /** Tells `watcher` what is known and whatever happens from now on; the result ends that. */
    watch(/** @type {Watcher} */ watcher) {
      watchers.add(watcher);
      hotspots.forEach((hotspot) => watcher.onHotspot?.(hotspot, undefined));
      if (watcher.onTrail) trails.clear();
      vehicles.forEach(takeVehicle);
      return () => void watchers.delete(watcher);
    },

    close: () => events.end(),
  };

  function takeVehicle(/** @type {Vehicle} */ vehicle) {
    const id = vehicle.system_id;
    vehicles.set(id, vehicle);
    watchers.forEach((w) => w.onVehicle?.(vehicle));
    if (trails.has(id)) return;
    trails.add(id);
    getTrail(id, new Date(Date.now() + records.clockAhead_ms - TRAIL_MS))
      .then((points) => watchers.forEach((w) => w.onTrail?.(id, points)))
      .catch(() => trails.delete(id));
  }

  async function readAll() {
    told.clear();
    trails.clear();
    if (may.has("hotspots")) (await get("vehicles")).forEach(takeVehicle);
    if (may.has("dock")) await readBoard();
    if (!may.has("hotspots")) return;
    // Each state for itself: a thousand dismissed rocks must not push an open fire off the list.
    for (const state of ["new", "acknowledged", "dismissed"]) await readHotspots(state);
  }

  async function readBoard() {
    const board = await get("dock");
    for (const place of [...docked.keys()]) if (!told.has(place)) docked.delete(place);
    for (const line of board.items) if (!told.has(line.place)) docked.set(line.place, line);
    records.board = board;
    tellDock();
  }

  async function readHotspots(/** @type {string} */ state) {
    let cursor = "";
    for (let read = 0; read < MOST_OF_A_STATE; read += PAGE) {
      const { items, next } = await get(`hotspots?state=${state}&limit=${PAGE}${cursor}`);
      items.filter((/** @type {Hotspot} */ h) => !told.has(h.hotspot_id)).forEach(records.takeHotspot);
      if (!next) return;
      cursor = `&cursor=${encodeURIComponent(next)}`;
    }
  }

  const tellDock = () => watchers.forEach((w) => w.onDock?.());

  function tellLink(/** @type {boolean} */ up) {
    records.up = up;
    watchers.forEach((w) => w.onLink?.(up));
  }

  /** @type {Record<string, (data: any) => void>} */
  const handlers = {
    hello({ time_utc, resumed }) {
      handlers.alive({ time_utc });
      tellLink(true);
      if (!resumed) readAll().catch(events.drop);
    },
    alive({ time_utc }) {
      records.clockAhead_ms = Date.parse(time_utc) - Date.now();
    },
    hotspot(hotspot) {
      told.add(hotspot.hotspot_id);
      records.takeHotspot(hotspot);
    },
    vehicle: takeVehicle,
    health: takeVehicle,
    dock(line) {
      told.add(line.place);
      docked.set(line.place, line);
      tellDock();
    },
    raid: (line) => watchers.forEach((w) => w.onRaid?.(line)),
    count: (line) => watchers.forEach((w) => w.onCount?.(line)),
  };
  const events = listen((name, data) => handlers[name](data), () => tellLink(false));
  return records;
}
