// What the station knows of docked units, and what the page asks it to do with them.

import { get, post } from "../api.js";

/** @typedef {"identifying" | "reading" | "storing" | "done" | "failed" | "clearing" | "gone"} Phase */
/**
 * A line of the board, `GET /api/v1/dock` and the live event `dock`.
 * @typedef {object} Docked
 * @property {string} place
 * @property {"port" | "volume"} kind
 * @property {Phase} phase
 * @property {string} since_utc
 * @property {string} updated_utc
 * @property {string | null} unit
 * @property {string | null} family
 * @property {string | null} number
 * @property {string | null} model
 * @property {string | null} label
 * @property {number | null} person
 * @property {string | null} person_name
 * @property {string | null} step
 * @property {number | null} done
 * @property {number | null} total
 * @property {number | null} rate_per_s
 * @property {number | null} seconds_left
 * @property {{ code: string, values: Record<string, number | string> } | null} said
 * @property {Outcome | null} result
 * @property {boolean} can_clear
 */
/**
 * @typedef {object} Outcome
 * @property {string} download
 * @property {number} new_points
 * @property {number} lost
 * @property {number | null} clock_offset_s
 * @property {number} weeks_added
 * @property {string[]} marks
 * @property {string[]} flaws
 */
/** @typedef {{ person: number, name: string, active: boolean }} Person */
/**
 * @typedef {object} TrackMeta
 * @property {number} track
 * @property {string} unit
 * @property {string} download
 * @property {string | null} name
 * @property {string | null} first_utc
 * @property {number} utc_offset_s
 * @property {number} points
 * @property {number} length_m
 * @property {number} cleaned_length_m
 * @property {{ name: string }[]} hands who had the unit meanwhile, in that order
 */

const key = encodeURIComponent;
const CLEAR_MS = 15 * 60_000; // everything is read once more before

/** @returns {Promise<Person[]>} */
export const getPeople = () => get("people");

/** @param {string} name @returns {Promise<Person>} */
export const addPerson = (name) => post("people", { name });

/** @param {string} unit @param {number | null} person nobody: null */
export const issueUnit = (unit, person) => post(`units/${key(unit)}/issue`, { person });

/** @param {string} unit @param {string | null} label what people wrote on it */
export const labelUnit = (unit, label) => post(`units/${key(unit)}/label`, { label });

/** Read again, compare, and erase the unit's memory. @param {string} unit */
export const clearUnit = (unit) => post(`dock/units/${key(unit)}/clear`, {}, { deadline_ms: CLEAR_MS });

/** Try a failed place at once. @param {string} place */
export const tryAgain = (place) => post("dock/again", { place });

/** @param {string} unit @returns {Promise<TrackMeta[]>} newest first */
export const getTracks = (unit) => get(`tracks?unit=${key(unit)}&limit=50`);

/** @param {number} track @returns {Promise<{ track: TrackMeta, segments: import("../map/tracks.js").Segment[] }>} */
export const getTrack = (track) => get(`tracks/${track}`);

/**
 * A marked place, and what the station's table makes of it.
 * @typedef {object} Proposed
 * @property {{ waypoint: number, name: string, lat_deg: number | null, lon_deg: number | null,
 *   comment: string | null, symbol: string | null, time_utc: string | null }} waypoint
 * @property {{ category: string, confidence: number,
 *   reasons: { rule: string, field: string, pattern: string, negated: boolean }[] }[]} proposals
 */

/** @param {string} unit @returns {Promise<Proposed[]>} */
export const getProposals = (unit) => get(`proposals?unit=${key(unit)}&limit=300`);

/** Names of the categories. @returns {Promise<{ code: string, ru: string, en: string }[]>} */
export const getCategories = () => get("categories");
