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
 * @property {"ip" | "radio"} via
 * @property {boolean} clock_suspect
 * @property {boolean} has_thumbnail
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
  `${API}/hotspots/${h.hotspot_id}/thumbnail?revision=${h.revision}`;

/**
 * @param {string} id
 * @param {"acknowledge" | "dismiss" | "reopen"} action
 * @param {Record<string, string>} [body]
 * @returns {Promise<Hotspot>}
 */
export const act = (id, action, body = {}) =>
  request(`hotspots/${id}/${action}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

/** @param {number} systemId @returns {Promise<[number, number][]>} (lon, lat), oldest first */
export async function getTrail(systemId) {
  const { points } = await request(`vehicles/${systemId}/trail`);
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
  let epoch = "";

  function takeHotspot(/** @type {Hotspot} */ hotspot) {
    const known = hotspots.get(hotspot.hotspot_id);
    hotspots.set(hotspot.hotspot_id, hotspot);
    onHotspot(hotspot, known);
  }

  function takeVehicle(/** @type {number} */ systemId, /** @type {Partial<Vehicle>} */ news) {
    const vehicle = { state: null, health: null, ...vehicles.get(systemId), ...news, system_id: systemId };
    vehicles.set(systemId, vehicle);
    onVehicle(vehicle);
  }

  async function readAll() {
    for (const vehicle of (await request("vehicles")).vehicles) takeVehicle(vehicle.system_id, vehicle);
    let cursor = "";
    while (hotspots.size < MOST_HOTSPOTS) {
      const { hotspots: page, next } = await request(`hotspots?limit=${PAGE}${cursor}`);
      page.forEach(takeHotspot);
      if (!next) break;
      cursor = `&cursor=${encodeURIComponent(next)}`;
    }
  }

  const events = new EventSource(`${API}/live`);
  const read = (/** @type {MessageEvent} */ event) => JSON.parse(event.data);
  events.addEventListener("hello", (event) => {
    onLink(true);
    const news = read(event);
    if (news.epoch === epoch && news.resumed) return;
    epoch = news.epoch;
    readAll().catch(() => onLink(false));
  });
  events.addEventListener("hotspot", (event) => takeHotspot(read(event)));
  events.addEventListener("vehicle", (event) => {
    const state = read(event);
    takeVehicle(state.system_id, { state });
  });
  events.addEventListener("health", (event) => {
    const { system_id, ...health } = read(event);
    takeVehicle(system_id, { health });
  });
  events.onerror = () => onLink(false);

  return { hotspots, vehicles, takeHotspot };
}
