// The docking board: each unit, whose it is, how far the reading is, and how it ended.

import { html, useEffect, useState } from "../vendor/htm-preact.js";
import {
  addPerson,
  clearUnit,
  getCategories,
  getPeople,
  getProposals,
  getTrack,
  getTracks,
  issueUnit,
  labelUnit,
  tryAgain,
} from "./records.js";
import { Refused } from "../api.js";
import { complaint } from "./strings.js";

/** @import { Docked, Person, Proposed, TrackMeta } from "./records.js" */

const BUSY = ["identifying", "reading", "storing", "clearing"];
const GONE_SHOWN_MS = 10 * 60_000;
const FEW_FLAWS = 3;
const NOT_CONFIRMED = 502;

/** Lines to show: what hangs there, and for a while what was unplugged; in the order of arrival. */
export function boardLines(/** @type {Iterable<Docked>} */ docked, /** @type {number} */ now) {
  return [...docked]
    .filter((d) => d.phase !== "gone" || now - Date.parse(d.updated_utc) < GONE_SHOWN_MS)
    .sort((a, b) => (a.since_utc < b.since_utc ? 1 : -1));
}

export const isBusy = (/** @type {Docked} */ d) => BUSY.includes(d.phase);

/** The whole panel; `onTrouble` tells a person why something was not done. */
export function DockBoard({ words, station, me, now, onTrouble }) {
  const { t } = words;
  const { records, tracks } = station;
  const { board } = records;
  const lines = boardLines(records.docked.values(), now);
  const [, redraw] = useState(0);

  /** Do it, or say why not. @param {() => Promise<unknown>} work */
  async function attempt(work, /** @type {string | ((error: unknown) => string)} */ failed) {
    try {
      await work();
    } catch (error) {
      onTrouble(typeof failed === "string" ? failed : failed(error), error);
    }
  }

  const onIssue = (/** @type {Docked} */ d, /** @type {number | null} */ person) =>
    attempt(() => issueUnit(/** @type {string} */ (d.unit), person), "save_failed");

  const onLabel = (/** @type {Docked} */ d, /** @type {string | null} */ label) =>
    attempt(() => labelUnit(/** @type {string} */ (d.unit), label), "save_failed");

  const onClear = (/** @type {Docked} */ d) =>
    attempt(() => clearUnit(/** @type {string} */ (d.unit)), (error) =>
      error instanceof Refused && error.status === NOT_CONFIRMED ? "clear_not_confirmed" : "clear_failed",
    );

  const onAgain = (/** @type {Docked} */ d) => attempt(() => tryAgain(d.place), "save_failed");

  const onShow = (/** @type {TrackMeta} */ { track }) =>
    attempt(async () => {
      if (tracks.has(track)) tracks.hide(track);
      else tracks.show(track, (await getTrack(track)).segments);
      redraw((n) => n + 1);
    }, "dock_not_read");

  return html`<section class="dock" aria-label=${t("dock")}>
    ${board?.enabled === false && html`<p class="none">${t("dock_disabled")}</p>`}
    ${board?.warning && html`<p class="warning" role="alert">${t(`dock_warning_${board.warning}`)}</p>`}
    ${lines.length === 0 && board?.enabled !== false && html`<p class="none">${t("dock_empty")}</p>`}
    <ul>
      ${lines.map(
        (/** @type {Docked} */ d) =>
          html`<${Line} key=${d.place} words=${words} docked=${d} me=${me} tracks=${tracks} onIssue=${onIssue} onLabel=${onLabel} onClear=${onClear}
            onAgain=${onAgain} onShow=${onShow} />`,
      )}
    </ul>
  </section>`;
}

function Line({ words, docked, me, tracks, onIssue, onLabel, onClear, onAgain, onShow }) {
  const { t } = words;
  const title = docked.label ?? docked.number ?? docked.model ?? t("dock_unknown_unit");
  const rest = [docked.number, docked.model].filter((fact) => fact && fact !== title);
  const [open, setOpen] = useState(/** @type {"" | "person" | "clear" | "tracks"} */ (""));
  const close = () => setOpen("");
  const toggle = (/** @type {"person" | "tracks"} */ part) => setOpen(open === part ? "" : part);
  const known = docked.unit !== null;
  const live = docked.said?.code === "no_memory";
  return html`<li class=${`docked ${docked.phase} ${tone(docked)}`}>
    <h2>${title}</h2>
    <div class="small">${[...rest, place(docked.place)].join(" · ")}</div>
    ${known &&
    html`<button class=${docked.person === null ? "person nobody" : "person"} aria-expanded=${open === "person"}
      onClick=${() => toggle("person")}>${docked.person_name ?? t("dock_nobody")}</button>`}
    <${Progress} words=${words} docked=${docked} />
    <p class="said" role="status">${sentence(words, docked)}</p>
    ${live && html`<p class="small">${t("dock_record", { command: recording(docked.said.values) })}</p>`}
    <${Remarks} words=${words} docked=${docked} />
    ${open === "clear"
      ? html`<div class="actions asking" role="alertdialog" aria-label=${t("clear_memory")}>
          <p>${t("clear_sure")}</p>
          <button class="primary" onClick=${() => (close(), onClear(docked))}>${t("clear_yes")}</button>
          <button onClick=${close}>${t("cancel")}</button>
        </div>`
      : html`<div class="actions">
          ${known &&
          !isBusy(docked) &&
          html`<button aria-expanded=${open === "tracks"} onClick=${() => toggle("tracks")}>${t("dock_tracks")}</button>`}
          ${(docked.phase === "failed" || (live && docked.phase === "done")) && html`<button onClick=${() => onAgain(docked)}>${t("dock_again")}</button>`}
          ${docked.can_clear &&
          html`<button onClick=${() => setOpen("clear")}>${t("clear_memory")}</button>`}
        </div>`}
    ${open === "person" &&
    html`<${Choose} words=${words} docked=${docked} adds=${me.may.has("manage")} onClose=${close}
      onLabel=${(/** @type {string | null} */ label) => onLabel(docked, label).then(close)}
      onIssue=${(/** @type {number | null} */ person) => onIssue(docked, person).then(close)} />`}
    ${open === "tracks" && html`<${Tracks} words=${words} docked=${docked} tracks=${tracks} onShow=${onShow} />
      <${Places} words=${words} docked=${docked} tracks=${tracks} />`}
  </li>`;
}

/** Green, amber or red at the card's edge. */
function tone(/** @type {Docked} */ d) {
  if (d.phase === "failed" || d.said?.code === "lost") return "bad";
  if (d.said?.code === "no_memory" || d.said?.code === "not_confirmed") return "odd";
  if (d.person === null && d.unit !== null) return "odd";
  return d.result?.marks.length ? "odd" : "";
}

/** For whoever looks after the station: a talker is recorded by hand. */
const recording = (/** @type {Record<string, unknown>} */ { port, baud }) =>
  `kedrovka-ground dock once --port ${port} --baud ${baud}`;

/** The end of a path: the beginning is the same for all. */
const place = (/** @type {string} */ path) => path.split("/").at(-1);

function Progress({ words, docked }) {
  if (!isBusy(docked)) return null;
  const { done, total } = docked;
  const share = total ? Math.min(1, (done ?? 0) / total) : null;
  const facts = [
    done !== null && (total ? words.t("dock_of", { done: words.count(done), total: words.count(total) }) : words.count(done)),
    docked.rate_per_s !== null && words.t("dock_rate", { n: words.count(docked.rate_per_s) }),
    docked.seconds_left !== null && words.t("dock_left", { span: words.span(docked.seconds_left) }),
  ];
  return html`<progress max="1" ...${share === null ? {} : { value: share }} aria-label=${words.t(`phase_${docked.phase}`)} />
    <div class="facts">${facts.filter(Boolean).join(" · ")}</div>`;
}

/** How it stands, in one plain sentence. */
export function sentence(/** @type {any} */ words, /** @type {Docked} */ d) {
  const { t } = words;
  if (isBusy(d)) {
    const step = d.step && words.known(`step_${d.step}`);
    return d.phase === "reading" && step ? t("phase_reading_step", { step }) : t(`phase_${d.phase}`);
  }
  const said = d.said && t(`said_${d.said.code}`, counted(words, d.said.values));
  if (d.phase !== "gone") return said ?? t(`phase_${d.phase}`);
  return [t("phase_gone"), said].filter(Boolean).join(" ");
}

/** Numbers grouped by thousands; texts as they are. */
function counted(/** @type {any} */ words, /** @type {Record<string, number | string>} */ values) {
  const written = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === "number" ? words.count(value) : name === "complaint" ? complaint(words, value) : value,
  ]);
  return Object.fromEntries(written);
}

/** What is odd about the unit, and what was wrong in what it sent. */
function Remarks({ words, docked }) {
  const { result } = docked;
  if (!result) return null;
  const offset = result.clock_offset_s === null ? "" : words.span(Math.abs(result.clock_offset_s));
  const flaws = result.flaws.slice(0, FEW_FLAWS);
  const rest = result.flaws.length - flaws.length;
  return html`<ul class="remarks">
    ${result.marks.map(
      (/** @type {string} */ mark) =>
        html`<li class=${mark}>${words.t(`mark_${mark}`, { offset, weeks: result.weeks_added })}</li>`,
    )}
    ${flaws.map((/** @type {string} */ flaw) => html`<li class="flaw">${flaw}</li>`)}
    ${rest > 0 && html`<li class="flaw">${words.t("dock_more_flaws", { n: rest })}</li>`}
  </ul>`;
}

/** Who has the unit: a tap on a name, or, for who `adds` people, a new one. */
function Choose({ words, docked, adds, onIssue, onLabel, onClose }) {
  const { t } = words;
  const [people, setPeople] = useState(/** @type {Person[] | null} */ (null));
  const [name, setName] = useState("");
  const [label, setLabel] = useState(docked.label ?? "");
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    getPeople().then(
      (all) => setPeople(all.filter((p) => p.active)),
      () => setFailed(true),
    );
  }, []);
  async function addAndIssue(/** @type {Event} */ event) {
    event.preventDefault();
    if (!name.trim()) return;
    try {
      await onIssue((await addPerson(name.trim())).person);
    } catch {
      setFailed(true);
    }
  }
  return html`<div class="actions choose">
    <p>${t(failed ? "offline" : "dock_who_has_it")}</p>
    ${people
      ?.filter((p) => p.person !== docked.person)
      .map((p) => html`<button onClick=${() => onIssue(p.person)}>${p.name}</button>`)}
    ${docked.person !== null && html`<button onClick=${() => onIssue(null)}>${t("dock_returned")}</button>`}
    ${adds && html`<form onSubmit=${addAndIssue}>
      <input maxlength="120" value=${name} placeholder=${t("dock_new_name")} aria-label=${t("dock_new_name")}
        onInput=${(/** @type {any} */ event) => setName(event.target.value)} />
      <button>${t("dock_add")}</button>
    </form>`}
    <form onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), onLabel(label.trim() || null))}>
      <input maxlength="80" value=${label} placeholder=${t("dock_label")} aria-label=${t("dock_label")}
        onInput=${(/** @type {any} */ event) => setLabel(event.target.value)} />
      <button>${t("dock_save")}</button>
    </form>
    <button onClick=${onClose}>${t("cancel")}</button>
  </div>`;
}

/** The unit's newest tracks; a tap puts one on the map, another takes it off. */
function Tracks({ words, docked, tracks, onShow }) {
  const [stored, setStored] = useState(/** @type {TrackMeta[] | null} */ (null));
  useEffect(() => {
    getTracks(docked.unit).then(setStored, () => setStored([]));
  }, [docked.unit, docked.result?.download]);
  if (stored === null) return html`<p class="small">${words.t("connecting")}</p>`;
  if (stored.length === 0) return html`<p class="small">${words.t("dock_no_tracks")}</p>`;
  return html`<div class="actions tracks">
    ${stored.map(
      (track) => html`<button aria-pressed=${tracks.has(track.track)} onClick=${() => onShow(track)}>
        <b>${track.first_utc ? words.local(track.first_utc, track.utc_offset_s) : (track.name ?? words.t("dock_no_date"))}</b>
        <span>${words.kilometres(track.cleaned_length_m)} · ${words.t("dock_points", { n: words.count(track.points) })}</span>
        ${track.hands.length > 0 && html`<span>${track.hands.map(({ name }) => name).join(" → ")}</span>`}
      </button>`,
    )}
    <p class="small">${words.t("dock_track_legend")}</p>
  </div>`;
}

/** Marked places the station's table has a guess about; nothing is filed by it. */
function Places({ words, docked, tracks }) {
  const [found, setFound] = useState(/** @type {Proposed[]} */ ([]));
  const [names, setNames] = useState(/** @type {Map<string, { ru: string, en: string }>} */ (new Map()));
  useEffect(() => {
    getProposals(docked.unit).then(setFound, () => setFound([]));
    getCategories().then((all) => setNames(new Map(all.map((c) => [c.code, c]))), () => {});
  }, [docked.unit, docked.result?.download]);
  if (found.length === 0) return null;
  return html`<h3>${words.t("dock_marks")}</h3>
    <ul class="places">
      ${found.map(({ waypoint, proposals: [best] }) => html`<li>
        <button onClick=${() => tracks.goTo(waypoint)}>
          <div><b>${waypoint.name}</b>${waypoint.comment && ` · ${waypoint.comment}`}</div>
          <span>${[
            words.t("dock_proposed", { what: names.get(best.category)?.[words.language] ?? best.category }),
            words.t("dock_sure", { n: Math.round(best.confidence * 100) }),
          ].join(", ")}</span>
        </button>
      </li>`)}
    </ul>`;
}
