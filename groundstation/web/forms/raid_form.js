// A raid, an ambush or a flight with all its observations: one form, filed as a whole.

import { html, useState } from "../vendor/htm-preact.js";
import { Choice, DayField, Field, Overlay, Picker, Stepper, TextLine, TimeField, YesNo, dayText } from "./fields.js";
import { FilingBar, useDraft } from "./form.js";
import { titleOf } from "./model.js";
import { ObservationFields, lacking } from "./observation_form.js";
import { file } from "./outbox.js";
import { PicturesField } from "./pictures_field.js";
import { PlaceField } from "./place_field.js";
import { nameOfPerson, peopleItems, termItems } from "./reference.js";
import { daysOf, newLeg, newObservation, observationLetters, pictureLetters, raidLetter } from "./values.js";

/** @import { Seen } from "./values.js" */
/** @import { Picture } from "./pictures_field.js" */
/**
 * @typedef {object} RaidValues
 * @property {any} raid as on the wire
 * @property {string | null} stored the raid as it was read, as JSON: an untouched one is not filed again
 * @property {Seen[]} observations
 * @property {Picture[]} pictures
 * @property {any[]} tracks of the station, whose parts the legs name
 * @property {number | null} entry of the outbox that this mends
 */

/** @returns {RaidValues} */
export const raidValues = (/** @type {any} */ raid, more = {}) => ({ raid, stored: null, observations: [], pictures: [], tracks: [], entry: null, ...more });

/** @param {{ words: any, settings: any, me: any, reference: any, id: string, form: string, first: () => Promise<RaidValues> | RaidValues, tell: (text: string) => void, onFiled: () => void, whyNot: (error: any) => string }} props */
export function RaidForm({ words, settings, me, reference, id, form, first, tell, onFiled, whyNot }) {
  const { t } = words;
  const onTrouble = () => tell(t("file_disk_full"));
  const { values, error, set, rest } = useDraft({ id, login: me.login, form, first, onTrouble });
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [open, setOpen] = useState(/** @type {string | null} */ (null));
  if (error) return html`<p class="none" role="alert">${whyNot(error)}</p>`;
  if (!values) return html`<p class="none">${t("file_loading")}</p>`;

  const { raid } = values;
  const change = (/** @type {any} */ parts) => set({ ...values, raid: { ...raid, ...parts } });
  const taken = values.observations.filter((seen) => !seen.proposals);
  const marks = values.observations.filter((seen) => seen.proposals);
  const put = (/** @type {Seen} */ seen) => set({ ...values, observations: values.observations.map((o) => (o.observation_id === seen.observation_id ? seen : o)) });
  const lacks = [...raidLacks(raid), ...taken.filter((seen) => seen.changed).flatMap((seen) => lacking(seen, reference.categories))];

  async function submit() {
    if (lacks.length && !asked) return setAsked(true);
    setBusy(true);
    try {
      await rest();
      await file(me, lettersOf(values, reference), id, values.entry);
    } catch {
      setBusy(false);
      return onTrouble();
    }
    tell(t("file_filed"));
    onFiled();
  }

  function add() {
    const { lat_deg, lon_deg } = raid;
    const place = raid.kind === "ambush" && lat_deg !== null ? { lat_deg, lon_deg, accuracy_m: null } : null;
    const seen = newObservation({ observer: me.person ?? null, place });
    set({ ...values, observations: [...values.observations, seen] });
    setOpen(seen.observation_id);
  }

  function drop(/** @type {Seen} */ seen) {
    setOpen(null);
    // A mark of a navigator goes back among the marks: it is somebody's to look at another time.
    if (seen.rest.docked) return put({ ...seen, proposals: [] });
    set({ ...values, observations: values.observations.filter((o) => o !== seen) });
  }

  const opened = values.observations.find((seen) => seen.observation_id === open);
  const { categories } = reference;
  const roots = [...categories.values()].filter((c) => c.path.length === 1).map((c) => c.hkey);
  return html`<fieldset class="form" disabled=${busy}>
    <${Head} words=${words} settings=${settings} reference=${reference} raid=${raid} change=${change} strict=${asked} />
    ${raid.legs.map((/** @type {any} */ leg, /** @type {number} */ at) => html`<${LegFields} key=${at} words=${words} reference=${reference}
      raid=${raid} leg=${leg} tracks=${values.tracks} strict=${asked}
      onChange=${(/** @type {any} */ next) => change(withLeg(raid, at, next))} />`)}
    <div class="choice">
      <button type="button" onClick=${() => change({ legs: [...raid.legs, anotherLeg(raid)] })}>${t("file_add_leg")}</button>
      ${raid.legs.length > 1 && html`<button type="button" onClick=${() => change({ legs: raid.legs.slice(0, -1) })}>${t("file_drop_leg")}</button>`}
    </div>

    ${marks.length > 0 && html`<${Marks} words=${words} marks=${marks} categories=${categories}
      onTake=${(/** @type {Seen[]} */ chosen) => set({ ...values, observations: values.observations.map((o) =>
        chosen.find((c) => c.observation_id === o.observation_id) ?? o) })}
      onOpen=${(/** @type {Seen} */ seen) => {
        put({ ...seen, proposals: null });
        setOpen(seen.observation_id);
      }} />`}
    <section>
      <h3>${t("file_observations")} (${taken.length})</h3>
      <ul class="seen">
        ${taken.map((seen) => html`<li key=${seen.observation_id}>
          <button type="button" onClick=${() => setOpen(seen.observation_id)}>
            <b>${titleOf(categories, seen.category, words.language) || t("file_remark")}</b>
            <small>${[seen.date && dayText(words, seen.date), seen.time?.slice(0, 5), seen.pictures.length && `${t("file_pictures")}: ${seen.pictures.length}`].filter(Boolean).join(" · ")}</small>
            ${asked && seen.changed && lacking(seen, categories).length > 0 && html`<small class="complaint">${t("file_missing")}</small>`}
          </button>
        </li>`)}
      </ul>
      <button type="button" class="wide-button" onClick=${add}>+ ${t("file_add_observation")}</button>
    </section>
    <${Field} words=${words} label=${t("file_pictures")}>
      <${PicturesField} words=${words} value=${values.pictures} onTrouble=${onTrouble}
        onChange=${(/** @type {Picture[]} */ pictures) => set({ ...values, pictures })} />
    <//>
    <${Field} words=${words} label=${t("file_objective")}>
      <${TextLine} label=${t("file_objective")} long value=${raid.objective} onChange=${(/** @type {any} */ objective) => change({ objective })} />
    <//>
    <${Field} words=${words} label=${t("file_comment")}>
      <${TextLine} label=${t("file_comment")} long value=${raid.comment} onChange=${(/** @type {any} */ comment) => change({ comment })} />
    <//>
    <${FilingBar} words=${words} lacks=${lacks} asked=${asked} busy=${busy} onFile=${submit} />
    ${opened && html`<${Overlay} words=${words} title=${t("file_observations")} done=${t("file_done")} onClose=${() => setOpen(null)}>
      <${ObservationFields} words=${words} settings=${settings} reference=${reference} roots=${roots} seen=${opened}
        onChange=${put} strict=${asked} onTrouble=${onTrouble} />
      ${opened.revision === 1 && html`<button type="button" class="quiet" onClick=${() => drop(opened)}>${t(opened.rest.docked ? "file_leave_mark" : "file_drop_observation")}</button>`}
    <//>`}
  </fieldset>`;
}

/** The raid where it changed, then its observations, then the pictures. */
function lettersOf(/** @type {RaidValues} */ values, /** @type {any} */ reference) {
  const { raid } = values;
  const letter = raidLetter({ ...raid, patrol_type: patrolType(raid, reference) });
  const changed = JSON.stringify(raid) !== values.stored;
  const leg = raid.legs[0]?.leg ?? null;
  return [
    ...(changed ? [letter] : []),
    ...values.observations
      .filter((seen) => !seen.proposals)
      .flatMap((seen) => observationLetters(seen, raid.raid_id, leg, reference.categories)),
    ...pictureLetters(values.pictures, "raid", raid.raid_id, letter.title),
  ];
}

/** As the first leg goes: by land, water or air. */
function patrolType(/** @type {any} */ raid, /** @type {any} */ reference) {
  const transport = reference.terms.find((/** @type {any} */ term) => term.kind === "transport" && term.key === raid.legs[0]?.transport);
  return transport?.patrol_type ?? raid.patrol_type;
}

function raidLacks(/** @type {any} */ raid) {
  const members = raid.legs.flatMap((/** @type {any} */ leg) => leg.members);
  return [
    ...(raid.number?.trim() ? [] : ["file_lack_number"]),
    ...(raid.end_date < raid.start_date ? ["file_lack_order"] : []),
    ...(members.length ? [] : ["file_lack_members"]),
    ...(members.length && !raid.legs.every((/** @type {any} */ leg) => leg.members.some((/** @type {any} */ m) => m.is_leader)) ? ["file_lack_leader"] : []),
    ...(raid.kind === "raid" && !raid.legs.every((/** @type {any} */ leg) => leg.transport) ? ["file_lack_transport"] : []),
    ...(raid.kind === "ambush" && raid.lat_deg === null ? ["file_lack_place"] : []),
    ...(raid.kind === "flight" && !raid.system_id ? ["file_lack_vehicle"] : []),
  ];
}

/** The raid lasts from its first leg to its last. */
function withLeg(/** @type {any} */ raid, /** @type {number} */ at, /** @type {any} */ next) {
  const legs = raid.legs.map((/** @type {any} */ leg, /** @type {number} */ n) => (n === at ? next : leg));
  return {
    legs,
    start_date: legs.map((/** @type {any} */ leg) => leg.start_date).sort()[0],
    end_date: legs.map((/** @type {any} */ leg) => leg.end_date).sort().at(-1),
  };
}

const anotherLeg = (/** @type {any} */ raid) => {
  const last = raid.legs.at(-1);
  return { ...newLeg(freshKey(raid), last.end_date, last.end_date), members: last.members, mandate: last.mandate };
};

function freshKey(/** @type {any} */ raid) {
  let n = raid.legs.length + 1;
  while (raid.legs.some((/** @type {any} */ leg) => leg.leg === String(n))) n++;
  return String(n);
}

function Head({ words, settings, reference, raid, change, strict }) {
  const { t } = words;
  const place = raid.lat_deg === null ? null : { lat_deg: raid.lat_deg, lon_deg: raid.lon_deg, accuracy_m: null };
  const term = (/** @type {string} */ kind) => html`<${Field} words=${words} label=${t(`file_${kind}`)}>
    <${Picker} words=${words} label=${t(`file_${kind}`)} items=${termItems(reference, kind, words.language, raid[kind])} recent=${kind}
      value=${raid[kind]} onChange=${(/** @type {any} */ key) => change({ [kind]: key })} />
  <//>`;
  return html`
    <h2>${t(`file_kind_${raid.kind}`)}</h2>
    <div class="two">
      <${Field} words=${words} label=${t("file_number")} required wrong=${strict && !raid.number?.trim() ? "file_missing" : null}>
        <${TextLine} label=${t("file_number")} limit=${80} value=${raid.number} onChange=${(/** @type {any} */ number) => change({ number: number ?? "" })} />
      <//>
      <${Field} words=${words} label=${t("file_armed")}>
        <${YesNo} words=${words} value=${raid.armed} onChange=${(/** @type {any} */ armed) => change({ armed: armed ?? false })} />
      <//>
    </div>
    <div class="two">${term("team")}${term("station")}</div>
    ${raid.kind === "ambush" && html`
      <${Field} words=${words} label=${t("file_ambush_place")} wrong=${strict && !place ? "file_missing" : null}>
        <${PlaceField} words=${words} settings=${settings} value=${place}
          onChange=${(/** @type {any} */ next) => change({ lat_deg: next?.lat_deg ?? null, lon_deg: next?.lon_deg ?? null })} />
      <//>
      <${Field} words=${words} label=${t("file_decoy")}>
        <${TextLine} label=${t("file_decoy")} limit=${80} value=${raid.decoy} onChange=${(/** @type {any} */ decoy) => change({ decoy })} />
      <//>`}
    ${raid.kind === "flight" && html`<${Field} words=${words} label=${t("file_vehicle_number")} required wrong=${strict && !raid.system_id ? "file_missing" : null}>
      <${Stepper} label=${t("file_vehicle_number")} value=${raid.system_id} minimum=${1} maximum=${255}
        onChange=${(/** @type {any} */ system_id) => change({ system_id })} />
    <//>`}`;
}

function LegFields({ words, reference, raid, leg, tracks, strict, onChange }) {
  const { t } = words;
  const change = (/** @type {any} */ parts) => onChange({ ...leg, ...parts });
  const span = (/** @type {string} */ start_date, /** @type {string} */ end_date) =>
    change({ start_date, end_date, days: daysOf(start_date, end_date, leg.days) });
  const transports = termItems(reference, "transport", words.language, leg.transport);
  return html`<section class="leg">
    ${raid.legs.length > 1 && html`<h3>${t("file_leg", { leg: leg.leg })}</h3>`}
    <div class="two">
      <${Field} words=${words} label=${t("file_start")}>
        <${DayField} words=${words} label=${t("file_start")} value=${leg.start_date}
          onChange=${(/** @type {string} */ date) => span(date, date > leg.end_date ? date : leg.end_date)} />
      <//>
      <${Field} words=${words} label=${t("file_end")}>
        <${DayField} words=${words} label=${t("file_end")} value=${leg.end_date} min=${leg.start_date}
          onChange=${(/** @type {string} */ date) => span(leg.start_date, date)} />
      <//>
    </div>
    <${Members} words=${words} reference=${reference} flight=${raid.kind === "flight"} strict=${strict} members=${leg.members}
      onChange=${(/** @type {any[]} */ members) => change({ members })} />
    ${raid.kind !== "flight" && html`<${Field} words=${words} label=${t("file_transport")} wrong=${strict && raid.kind === "raid" && !leg.transport ? "file_missing" : null}>
      <${Choice} options=${transports} value=${leg.transport} onChange=${(/** @type {any} */ transport) => change({ transport })} />
    <//>`}
    <${Field} words=${words} label=${t("file_mandate")}>
      <${Choice} options=${termItems(reference, "mandate", words.language, leg.mandate)} value=${leg.mandate}
        onChange=${(/** @type {any} */ mandate) => change({ mandate })} />
    <//>
    <details class="days-of-leg" open=${leg.days.length <= 3}>
      <summary>${t("file_days")} (${leg.days.length})</summary>
      ${leg.days.map((/** @type {any} */ day) => html`<${DayRow} key=${day.date} words=${words} day=${day}
        onChange=${(/** @type {any} */ next) => change({ days: leg.days.map((/** @type {any} */ d) => (d === day ? next : d)) })} />`)}
    </details>
    ${leg.tracks.length > 0 && html`<${Tracks} words=${words} parts=${leg.tracks} tracks=${tracks}
      onChange=${(/** @type {any[]} */ parts) => change({ tracks: parts })} />`}
  </section>`;
}

function DayRow({ words, day, onChange }) {
  const { t } = words;
  const change = (/** @type {any} */ parts) => onChange({ ...day, ...parts });
  const label = (/** @type {string} */ key) => `${t(key)}, ${dayText(words, day.date)}`;
  const wire = (/** @type {string | null} */ time) => (time && time.length === 5 ? `${time}:00` : time);
  return html`<div class="day-row">
    <h4>${dayText(words, day.date)}</h4>
    <div class="three">
      <div><span class="label">${t("file_left")}</span>
        <${TimeField} words=${words} label=${label("file_left")} value=${day.start_time} onChange=${(/** @type {any} */ v) => change({ start_time: wire(v) })} /></div>
      <div><span class="label">${t("file_came")}</span>
        <${TimeField} words=${words} label=${label("file_came")} value=${day.end_time} onChange=${(/** @type {any} */ v) => change({ end_time: wire(v) })} /></div>
      <div><span class="label">${t("file_rest_min")}</span>
        <${Stepper} label=${label("file_rest_min")} value=${day.rest_minutes} minimum=${0} maximum=${1440} step=${10}
          onChange=${(/** @type {any} */ v) => change({ rest_minutes: Math.min(1440, Math.max(0, v ?? 0)) })} /></div>
    </div>
  </div>`;
}

function Members({ words, reference, flight, strict, members, onChange }) {
  const { t } = words;
  const chosen = members.map((/** @type {any} */ m) => m.person);
  const mark = (/** @type {any} */ member, /** @type {string} */ field) =>
    onChange(members.map((/** @type {any} */ m) => ({ ...m, [field]: m === member ? !m[field] : field === "is_leader" ? false : m[field] })));
  /** The first to be chosen leads, until somebody else is said to. */
  const choose = (/** @type {number[]} */ people) =>
    onChange(people.map((person, at) => members.find((/** @type {any} */ m) => m.person === person)
      ?? { person, is_leader: at === 0 && !members.some((/** @type {any} */ m) => m.is_leader), is_pilot: false }));
  return html`<${Field} words=${words} label=${t("file_members")} required wrong=${strict && !members.length ? "file_missing" : null}>
    <ul class="members">
      ${members.map((/** @type {any} */ member) => {
        const name = nameOfPerson(reference, member.person);
        return html`<li key=${member.person}>
          <span>${name}</span>
          <button type="button" aria-pressed=${member.is_leader} onClick=${() => mark(member, "is_leader")}>${t("file_leader")}</button>
          ${flight && html`<button type="button" aria-pressed=${member.is_pilot} onClick=${() => mark(member, "is_pilot")}>${t("file_pilot")}</button>`}
          <button type="button" class="icon" aria-label=${t("file_member_remove", { name })}
            onClick=${() => onChange(members.filter((/** @type {any} */ m) => m !== member))}>×</button>
        </li>`;
      })}
    </ul>
    <${Picker} words=${words} label=${t("file_add_members")} says=${t("file_add_members")} many recent="people"
      items=${peopleItems(reference, chosen)} value=${chosen} onChange=${choose} />
  <//>`;
}

function Tracks({ words, parts, tracks, onChange }) {
  const { t } = words;
  const known = (/** @type {number} */ track) => tracks.find((/** @type {any} */ meta) => meta.track === track);
  return html`<${Field} words=${words} label=${t("file_tracks")}>
    <ul class="members">
      ${parts.map((/** @type {any} */ part) => {
        const meta = known(part.track);
        const name = meta?.name || meta?.unit || `№ ${part.track}`;
        return html`<li key=${part.track}>
          <span>${name} <small>${meta && [words.kilometres(meta.cleaned_length_m), t("file_track_points", { n: words.count(meta.points) })].join(" · ")}</small></span>
          <button type="button" class="icon" aria-label=${t("file_member_remove", { name })}
            onClick=${() => onChange(parts.filter((/** @type {any} */ p) => p !== part))}>×</button>
        </li>`;
      })}
    </ul>
  <//>`;
}

/** What the navigator brought: each mark with the station's guess, one tap from being filed. */
function Marks({ words, marks, categories, onTake, onOpen }) {
  const { t } = words;
  const take = (/** @type {Seen} */ seen) => ({ ...seen, proposals: null });
  const guessed = marks.filter((/** @type {Seen} */ seen) => seen.category);
  return html`<section class="marks">
    <h3>${t("file_marks")} (${marks.length})</h3>
    <p class="hint">${t("file_marks_hint")}</p>
    <ul class="seen">
      ${marks.map((/** @type {Seen} */ seen) => html`<li key=${seen.observation_id}>
        <div>
          <b>${titleOf(categories, seen.category, words.language) || t("file_no_guess")}</b>
          <small>${[seen.rest.waypoint, seen.time?.slice(0, 5), seen.comment, seen.category && seen.proposals?.[0] && t("file_sure", { n: Math.round(100 * seen.proposals[0].confidence) })]
            .filter(Boolean).join(" · ")}</small>
        </div>
        ${seen.category && html`<button type="button" class="primary" onClick=${() => onTake([take(seen)])}>${t("file_take")}</button>`}
        <button type="button" onClick=${() => onOpen(seen)}>${t("file_open")}</button>
      </li>`)}
    </ul>
    ${guessed.length > 1 && html`<button type="button" class="wide-button" onClick=${() => onTake(guessed.map(take))}>${t("file_take_all", { n: guessed.length })}</button>`}
  </section>`;
}
