// What the station knows, kept up to date by its live events; the page draws from here.

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

const API = "api/v1";
const PAGE = 500;
const MOST_HOTSPOTS = 5000;

/** @param {string} path @param {RequestInit} [options] */
async function request(path, options) {
  const answer = await fetch(`${API}/${path}`, options);
  if (!answer.ok) {
    const body = await answer.json().catch(() => ({}));
    const detail = typeof body.detail === "string" ? body.detail : answer.statusText;
    throw new Error(`${answer.status} ${detail}`);
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

/** @param {number} systemId @returns {Promise<[number, number][]>} (lon, lat), oldest first */
export async function getTrail(systemId) {
  const points = await request(`vehicles/${systemId}/trail`);
  return points.map((/** @type {VehicleState} */ p) => [p.lon_deg, p.lat_deg]);
}

/**
 * Reads everything once, then listens; reads everything again when events may have been missed.
 * @param {{
 *   onHotspot: (hotspot: Hotspot, known: Hotspot | undefined) => void,
 *   onVehicle: (vehicle: Vehicle) => void,
 *   onLink: (up: boolean) => void,
 * }} listener
 */
export function openRecords({ onHotspot, onVehicle, onLink }) {
  /** @type {Map<string, Hotspot>} */
  const hotspots = new Map();
  /** @type {Map<number, Vehicle>} */
  const vehicles = new Map();
  const records = {
    hotspots,
    vehicles,
    /** The station's clock minus this browser's: a tablet's clock may be hours off. */
    clockAhead_ms: 0,

    takeHotspot(/** @type {Hotspot} */ hotspot) {
      const known = hotspots.get(hotspot.hotspot_id);
      hotspots.set(hotspot.hotspot_id, hotspot);
      onHotspot(hotspot, known);
    },
  };

  function takeVehicle(/** @type {Vehicle} */ vehicle) {
    vehicles.set(vehicle.system_id, vehicle);
    onVehicle(vehicle);
  }

  async function readAll() {
    (await request("vehicles")).forEach(takeVehicle);
    let cursor = "";
    while (hotspots.size < MOST_HOTSPOTS) {
      const { items, next } = await request(`hotspots?limit=${PAGE}${cursor}`);
      items.forEach(records.takeHotspot);
      if (!next) break;
      cursor = `&cursor=${encodeURIComponent(next)}`;
    }
  }

  const events = new EventSource(`${API}/live`);
  const read = (/** @type {MessageEvent} */ event) => JSON.parse(event.data);
  events.addEventListener("hello", (event) => {
    onLink(true);
    const { time_utc, resumed } = read(event);
    records.clockAhead_ms = Date.parse(time_utc) - Date.now();
    if (!resumed) readAll().catch(() => onLink(false));
  });
  events.addEventListener("hotspot", (event) => records.takeHotspot(read(event)));
  events.addEventListener("vehicle", (event) => takeVehicle(read(event)));
  events.addEventListener("health", (event) => takeVehicle(read(event)));
  events.onerror = () => onLink(false);

  return records;
}
