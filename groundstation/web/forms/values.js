// Records as forms hold them, and as the station takes them (`groundstation.records`).

import { wordsOf } from "../words.js";
import { titleOf } from "./model.js";
import { TABLE } from "./strings.js";
import { uuid7 } from "./uuid7.js";
import { dateOf, dayAfter, datesBetween, momentOf, offsetOn, timeOf, wallOf } from "./wall_clock.js";

/** @import { Letter } from "./outbox.js" */
/** @import { Picture } from "./pictures_field.js" */
/** @import { Place } from "./place.js" */
/** @import { Category } from "./model.js" */

/**
 * @typedef {object} Seen an observation in a form
 * @property {string} observation_id
 * @property {number} revision of the next state to be filed
 * @property {string | null} category
 * @property {Record<string, any>} attributes
 * @property {string | null} date by the wall clock there
 * @property {string | null} time
 * @property {number | null} utc_offset_s of a stored one; null: this device's
 * @property {Place | null} place
 * @property {number | null} observer
 * @property {string | null} comment
 * @property {string | null} site_id
 * @property {Picture[]} pictures not yet on the station
 * @property {boolean} changed
 * @property {Record<string, any>} rest of a stored or docked one: what the form does not ask
 * @property {{ category: string, confidence: number }[] | null} proposals of a docked mark nobody has taken yet
 * @property {number | null} [entry] of the outbox that this mends
 */

/** @returns {Seen} */
export function newObservation(/** @type {Partial<Seen>} */ known = {}, now = new Date()) {
  return {
    observation_id: uuid7(),
    revision: 1,
    category: null,
    attributes: {},
    date: dateOf(now),
    time: timeOf(now),
    utc_offset_s: null,
    place: null,
    observer: null,
    comment: null,
    site_id: null,
    pictures: [],
    changed: true,
    rest: {},
    proposals: null,
    ...known,
  };
}

/** A stored observation, or one the dock proposes. @returns {Seen} */
export function seenOf(/** @type {any} */ stored, /** @type {any[] | null} */ proposals = null) {
  const { observation_id, revision, category, attributes, observed_utc, utc_offset_s } = stored;
  const { lat_deg, lon_deg, accuracy_m, observer, comment, site_id, ...rest } = stored;
  const wall = observed_utc ? wallOf(observed_utc, utc_offset_s) : { date: null, time: null };
  return {
    observation_id,
    revision: proposals ? revision : revision + 1,
    category,
    attributes,
    ...wall,
    utc_offset_s,
    place: lat_deg === null ? null : { lat_deg, lon_deg, accuracy_m },
    observer,
    comment,
    site_id,
    pictures: [],
    changed: proposals !== null,
    rest,
    proposals,
  };
}

/** The observation on the wire. */
export function observationOf(/** @type {Seen} */ seen, /** @type {string | null} */ raid_id, /** @type {string | null} */ leg) {
  const when = seen.date && seen.time ? momentOf(seen.date, seen.time, seen.utc_offset_s) : { observed_utc: null, utc_offset_s: seen.utc_offset_s ?? 0 };
  const attributes = Object.fromEntries(Object.entries(seen.attributes).filter(([, value]) => !isAbsent(value)));
  return {
    ...seen.rest,
    observation_id: seen.observation_id,
    revision: seen.revision,
    category: seen.category,
    attributes,
    raid_id,
    leg: seen.rest.leg ?? leg,
    ...when,
    lat_deg: seen.place?.lat_deg ?? null,
    lon_deg: seen.place?.lon_deg ?? null,
    accuracy_m: seen.place?.accuracy_m ?? null,
    observer: seen.observer,
    comment: seen.comment,
    site_id: seen.site_id,
  };
}

const isAbsent = (/** @type {any} */ value) => value === null || value === "" || (Array.isArray(value) && value.length === 0);

/** A raid of that kind by whoever is signed in, today. */
export function newRaid(/** @type {string} */ kind, /** @type {string} */ raid_id, /** @type {any} */ me, now = new Date()) {
  const date = dateOf(now);
  const end_date = kind === "ambush" ? dayAfter(date) : date;
  const leader = me.person ? [{ person: me.person, is_leader: true, is_pilot: kind === "flight" }] : [];
  const leg = { ...newLeg("1", date, end_date), members: leader, transport: kind === "flight" ? "quadcopter" : null };
  return {
    raid_id,
    revision: 1,
    kind,
    number: `${date}-${raid_id.slice(-4).toUpperCase()}`,
    patrol_type: kind === "flight" ? "AIR" : "GROUND",
    start_date: date,
    end_date,
    armed: false,
    team: me.team ?? null,
    station: null,
    objective: null,
    comment: null,
    legs: [leg],
    lat_deg: null,
    lon_deg: null,
    decoy: null,
    system_id: null,
    count_id: null,
    route_id: null,
    attributes: {},
    flaws: [],
    withdrawn: null,
  };
}

export const newLeg = (/** @type {string} */ leg, /** @type {string} */ start_date, /** @type {string} */ end_date) => ({
  leg,
  start_date,
  end_date,
  transport: null,
  mandate: null,
  members: /** @type {any[]} */ ([]),
  days: daysOf(start_date, end_date, []),
  tracks: /** @type {any[]} */ ([]),
});

/** One row for every date; what was written of a day stays. */
export function daysOf(/** @type {string} */ first, /** @type {string} */ last, /** @type {any[]} */ days) {
  return datesBetween(first, last).map(
    (date) =>
      days.find((day) => day.date === date) ?? { date, start_time: null, end_time: null, rest_minutes: 0, utc_offset_s: offsetOn(date) },
  );
}

/** A title in both languages, so that the outbox speaks the reader's. */
const both = (/** @type {(words: any) => string} */ say) => ({ ru: say(wordsOf("ru", TABLE)), en: say(wordsOf("en", TABLE)) });

/** @returns {Letter} */
export const raidLetter = (/** @type {any} */ raid) => ({
  id: raid.raid_id,
  kind: "raid",
  path: `raids/${raid.raid_id}`,
  body: raid,
  blob: null,
  needs: [],
  title: both(({ t }) => `${t(`file_kind_${raid.kind}`)} ${raid.number}`),
});

/**
 * An observation and its pictures.
 * @param {Seen} seen @param {string | null} raid_id @param {string | null} leg
 * @param {Map<string, Category>} categories
 * @returns {Letter[]}
 */
export function observationLetters(seen, raid_id, leg, categories) {
  const title = both((words) => titleOf(categories, seen.category, words.language) || words.t("file_remark"));
  const letter = {
    id: seen.observation_id,
    kind: /** @type {const} */ ("observation"),
    path: `observations/${seen.observation_id}`,
    body: observationOf(seen, raid_id, leg),
    blob: null,
    needs: [raid_id, seen.site_id].filter((id) => id !== null),
    title,
  };
  return [...(seen.changed ? [letter] : []), ...pictureLetters(seen.pictures, "observation", seen.observation_id, title)];
}

/** @returns {Letter[]} */
export function pictureLetters(/** @type {Picture[]} */ pictures, /** @type {"raid" | "observation"} */ level, /** @type {string} */ of, /** @type {Record<string, string>} */ title) {
  return pictures.map(({ id, name }) => ({
    id,
    kind: "photograph",
    path: `photographs/${id}?${new URLSearchParams({ [level]: of, level, name: name.slice(-255) })}`,
    body: null,
    blob: id,
    needs: [of],
    title: both(({ language, t }) => `${t("file_picture")}: ${title[language]}`),
  }));
}

export const newSite = (/** @type {string} */ site_id) => ({
  site_id,
  revision: 1,
  kind: "camera_trap",
  name: "",
  lat_deg: null,
  lon_deg: null,
  attributes: {},
  withdrawn: null,
});

/** @returns {Letter} */
export const siteLetter = (/** @type {any} */ site) => ({
  id: site.site_id,
  kind: "site",
  path: `sites/${site.site_id}`,
  body: site,
  blob: null,
  needs: [],
  title: both(({ t }) => `${t("file_camera_place")} ${site.name}`),
});
