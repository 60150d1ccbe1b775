// What the station knows, kept up to date by its live events; the page draws from here.

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

const API = "api/v1";
const PAGE = 500;
const MOST_OF_A_STATE = 5000;
const TRAIL_MS = 6 * 3600_000;
const DEADLINE_MS = 15_000;

/** The station answered, and refused. */
export class Refused extends Error {
  constructor(/** @type {number} */ status, /** @type {string} */ detail) {
    super(`${status} ${detail}`);
    this.status = status;
  }
}

/** @param {string} path @param {RequestInit} [options] */
export async function request(path, options) {
  const answer = await fetch(`${API}/${path}`, { signal: AbortSignal.timeout(DEADLINE_MS), ...options });
  if (!answer.ok) {
    const body = await answer.json().catch(() => ({}));
    const detail = typeof body.detail === "string" ? body.detail : answer.statusText;
    throw new Refused(answer.status, detail);
  }
  return answer.status === 204 ? null : answer.json();
}

export const getSettings = () => request("settings");

export const thumbnailUrl = (/** @type {Hotspot} */ h) =>
  `${API}/hotspots/${h.hotspot_id}/thumbnail?etag=${h.thumbnail_etag}`;

/**
 * @param {string} id
 * @param {"acknowledge" | "dismiss" | "reopen"} action
 * @param {{ who: string, reason?: string }} body
 * @returns {Promise<Hotspot>}
 */
export const act = (id, action, body) =>
  request(`hotspots/${id}/${action}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

/** @typedef {{ lon_deg: number, lat_deg: number, time_utc: string }} TrailPoint */

/** @param {number} systemId @param {Date} since @returns {Promise<TrailPoint[]>} oldest first */
const getTrail = (systemId, since) =>
  request(`vehicles/${systemId}/trail?since=${encodeURIComponent(since.toISOString())}`);

/** @param {string} id @returns {Promise<{ history: Decision[] }>} */
export const getDetail = (id) => request(`hotspots/${id}`);

/**
 * Reads everything once, then listens; reads everything again when events may have been missed.
 * @param {{
 *   onHotspot: (hotspot: Hotspot, known: Hotspot | undefined) => void,
 *   onVehicle: (vehicle: Vehicle) => void,
 *   onTrail: (systemId: number, points: TrailPoint[]) => void,
 *   onDock: () => void,
 *   onLink: (up: boolean) => void,
 * }} listener
 */
export function openRecords({ onHotspot, onVehicle, onTrail, onDock, onLink }) {
  /** @type {Map<string, Hotspot>} */
  const hotspots = new Map();
  /** @type {Map<number, Vehicle>} */
  const vehicles = new Map();
  /** Told by live events while the lists were on their way: the lists are older. */
  const told = new Set();
  const trails = new Set();
  /** By place. @type {Map<string, Docked>} */
  const docked = new Map();
  const records = {
    hotspots,
    vehicles,
    docked,
    /** What the station thinks of its dock. @type {{ enabled: boolean, warning: string | null } | null} */
    board: null,
    /** The station's clock minus this browser's: a tablet's clock may be hours off. */
    clockAhead_ms: 0,

    takeHotspot(/** @type {Hotspot} */ hotspot) {
      const known = hotspots.get(hotspot.hotspot_id);
      hotspots.set(hotspot.hotspot_id, hotspot);
      onHotspot(hotspot, known);
    },
  };

  function takeVehicle(/** @type {Vehicle} */ vehicle) {
    const id = vehicle.system_id;
    vehicles.set(id, vehicle);
    onVehicle(vehicle);
    if (trails.has(id)) return;
    trails.add(id);
    getTrail(id, new Date(Date.now() + records.clockAhead_ms - TRAIL_MS))
      .then((points) => onTrail(id, points))
      .catch(() => trails.delete(id));
  }

  async function readAll() {
    told.clear();
    trails.clear();
    (await request("vehicles")).forEach(takeVehicle);
    await readBoard();
    // Each state for itself: a thousand dismissed rocks must not push an open fire off the list.
    for (const state of ["new", "acknowledged", "dismissed"]) await readHotspots(state);
  }

  async function readBoard() {
    const board = await request("dock");
    for (const place of [...docked.keys()]) if (!told.has(place)) docked.delete(place);
    for (const line of board.items) if (!told.has(line.place)) docked.set(line.place, line);
    records.board = board;
    onDock();
  }

  async function readHotspots(/** @type {string} */ state) {
    let cursor = "";
    for (let read = 0; read < MOST_OF_A_STATE; read += PAGE) {
      const { items, next } = await request(`hotspots?state=${state}&limit=${PAGE}${cursor}`);
      items.filter((/** @type {Hotspot} */ h) => !told.has(h.hotspot_id)).forEach(records.takeHotspot);
      if (!next) return;
      cursor = `&cursor=${encodeURIComponent(next)}`;
    }
  }

  /** @type {Record<string, (data: any) => void>} */
  const handlers = {
    hello({ time_utc, resumed }) {
      handlers.alive({ time_utc });
      onLink(true);
      if (!resumed) readAll().catch(drop);
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
      onDock();
    },
  };
  const drop = listen((name, data) => handlers[name](data), () => onLink(false));
  return records;
}
