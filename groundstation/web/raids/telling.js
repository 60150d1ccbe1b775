// Records in the reader's words, as pairs of a label and a text: for facts, and for what changed.

import { nameOf, titleOf } from "../forms/model.js";
import { coordinates } from "../words.js";

/** @typedef {[label: string, text: string][]} Told */

/** A term by its name, or its key where nobody knows it. */
export function termOf(/** @type {any} */ reference, /** @type {string} */ kind, /** @type {string | null} */ key, /** @type {string} */ language) {
  const term = reference?.terms.find((/** @type {any} */ t) => t.kind === kind && t.key === key);
  return term ? nameOf(term.names, language) : (key ?? "");
}

export const personOf = (/** @type {any} */ reference, /** @type {Record<string, string>} */ names, /** @type {number} */ person) =>
  names[person] ?? reference?.people.find((/** @type {any} */ p) => p.person === person)?.name ?? `№ ${person}`;

const hhmm = (/** @type {string | null} */ time) => time?.slice(0, 5) ?? "…";

/** Everything a person entered about a raid. @returns {Told} */
export function toldRaid(/** @type {any} */ words, /** @type {any} */ reference, /** @type {Record<string, string>} */ names, /** @type {any} */ raid) {
  const { t, language } = words;
  const several = raid.legs.length > 1;
  /** @type {Told} */
  const told = [
    [t("field_number"), raid.number],
    [t("field_kind"), t(`kind_${raid.kind}`)],
    [t("field_patrol_type"), t(`type_${raid.patrol_type}`)],
    [t("field_dates"), words.days(raid.start_date, raid.end_date)],
    [t("field_armed"), t(raid.armed ? "yes" : "no")],
    [t("field_team"), termOf(reference, "team", raid.team, language)],
    [t("field_station"), termOf(reference, "station", raid.station, language)],
    [t("field_objective"), raid.objective ?? ""],
    [t("field_comment"), raid.comment ?? ""],
    [t("field_place"), placeOf(raid)],
    [t("field_decoy"), raid.decoy ?? ""],
    [t("field_system_id"), raid.system_id === null ? "" : String(raid.system_id)],
    ...attributesOf(raid.attributes),
  ];
  raid.legs.forEach((/** @type {any} */ leg, /** @type {number} */ n) => {
    const of = (/** @type {string} */ key) => (several ? `${t("leg_n", { n: n + 1 })}: ${t(key).toLowerCase()}` : t(key));
    told.push(
      [of("field_members"), leg.members.map((/** @type {any} */ m) => personOf(reference, names, m.person) + (m.is_leader ? ` (${t("leader")})` : "")).join(", ")],
      [of("field_transport"), termOf(reference, "transport", leg.transport, language)],
      [of("field_mandate"), termOf(reference, "mandate", leg.mandate, language)],
      [of("field_days"), leg.days.map((/** @type {any} */ day) => dayOf(words, day)).join("\n")],
      [of("field_tracks"), leg.tracks.map((/** @type {any} */ part) => t("track_n", { n: part.track })).join(", ")],
    );
  });
  return told;
}

/** "3 Feb 2026 08:10–17:45, 1 h rest" */
export function dayOf(/** @type {any} */ words, /** @type {any} */ day) {
  const times = day.start_time || day.end_time ? ` ${hhmm(day.start_time)}–${hhmm(day.end_time)}` : "";
  const rest = day.rest_minutes ? `, ${words.t("rest", { span: words.hours(day.rest_minutes * 60) })}` : "";
  return words.day(day.date) + times + rest;
}

/** Everything a person entered about an observation. @returns {Told} */
export function toldObservation(/** @type {any} */ words, /** @type {any} */ reference, /** @type {Record<string, string>} */ names, /** @type {any} */ o) {
  const { t } = words;
  return [
    [t("field_category"), categoryOf(words, reference, o.category)],
    [t("field_time"), o.observed_utc ? words.local(o.observed_utc, o.utc_offset_s) : ""],
    [t("field_place"), placeOf(o)],
    [t("field_observer"), o.observer === null ? "" : personOf(reference, names, o.observer)],
    ...toldAttributes(words, reference, o),
    [t("field_comment"), o.comment ?? ""],
  ];
}

/** What the data model asked, and what was answered. @returns {Told} */
export function toldAttributes(/** @type {any} */ words, /** @type {any} */ reference, /** @type {any} */ o) {
  const asked = reference?.categories.get(o.category)?.attributes ?? [];
  return attributesOf(o.attributes).map(([key, value]) => {
    const attribute = asked.find((/** @type {any} */ a) => a.key === key.split("#")[0]);
    return attribute ? [nameOf(attribute.names, words.language), valueOf(words, attribute, value)] : [key, plain(words, value)];
  });
}

export function categoryOf(/** @type {any} */ words, /** @type {any} */ reference, /** @type {string | null} */ category) {
  if (category === null) return words.t("remark");
  return reference ? titleOf(reference.categories, category, words.language) : category;
}

/** Without what another program's file says and our records have no field for. @returns {[string, any][]} */
const attributesOf = (/** @type {Record<string, any>} */ attributes) =>
  Object.entries(attributes).filter(([key]) => !key.startsWith("@"));

const placeOf = (/** @type {any} */ { lat_deg, lon_deg }) =>
  lat_deg === null || lat_deg === undefined ? "" : coordinates(lat_deg, lon_deg);

function plain(/** @type {any} */ words, /** @type {any} */ value) {
  if (typeof value === "boolean") return words.t(value ? "yes" : "no");
  if (typeof value === "number") return words.number(value, 3);
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** A list's key or a tree's hkey by its name. */
function valueOf(/** @type {any} */ words, /** @type {any} */ attribute, /** @type {any} */ value) {
  if (!["LIST", "MLIST", "TREE"].includes(attribute.type)) return plain(words, value);
  return [value].flat().map((/** @type {any} */ key) => entryOf(attribute.values, String(key), words.language)).join(", ");
}

function entryOf(/** @type {any[]} */ nodes, /** @type {string} */ key, /** @type {string} */ language) {
  let below = nodes;
  let name = "";
  for (const level of key.split(".").filter(Boolean)) {
    const node = below.find((n) => n.key === level);
    if (!node) return key;
    [below, name] = [node.children, nameOf(node.names, language)];
  }
  return name || key;
}

/** What differs: label, before, after. @returns {[string, string, string][]} */
export function difference(/** @type {Told} */ before, /** @type {Told} */ after) {
  const was = new Map(before);
  const is = new Map(after);
  return [...new Set([...was.keys(), ...is.keys()])]
    .map((label) => /** @type {[string, string, string]} */ ([label, was.get(label) ?? "", is.get(label) ?? ""]))
    .filter(([, a, b]) => a !== b);
}

/** A flaw's sentence. @param {Record<string, [string, string]> | null} flaws `GET /api/v1/flaws` */
export function flawOf(flaws, /** @type {string} */ entry, /** @type {string} */ language) {
  const [code, ...what] = entry.split(":");
  const sentence = flaws?.[code]?.[language === "ru" ? 0 : 1];
  return sentence ? sentence.replaceAll("{what}", what.join(":") || "?") : entry;
}
