// The first screen of filing: what is to be written down, and what is not finished yet.

import { html, useEffect, useState } from "../vendor/htm-preact.js";
import { get } from "../api.js";
import { useChanges } from "../hooks.js";
import { href } from "../pages.js";
import { discard, drafts } from "./drafts.js";
import { dayText } from "./fields.js";
import { lastKnown } from "./known.js";
import { titleOf } from "./model.js";
import { OthersWaiting, useOutbox } from "./outbox_view.js";
import { uuid7 } from "./uuid7.js";

/** @import { Draft } from "./drafts.js" */

/** @type {{ form: string, more?: string, list?: true }[]} */
const TILES = [
  { form: "docked", list: true, more: "file_raid_docked_more" },
  { form: "raid" },
  { form: "ambush" },
  { form: "violation" },
  { form: "sign", more: "file_sign_more" },
  { form: "camera", list: true },
  { form: "conflict" },
  { form: "flight" },
  { form: "other" },
];
/** What a form is called. */
export const TITLES = /** @type {Record<string, string>} */ ({
  docked: "file_raid_docked", raid: "file_raid", ambush: "file_ambush", violation: "file_violation", sign: "file_sign",
  camera: "file_camera_trap", check: "file_camera_check", place: "file_camera_place", conflict: "file_conflict",
  flight: "file_flight", other: "file_other", observation: "file_observations",
}); // prettier-ignore

export const fresh = (/** @type {string} */ form, query = "") => `${href("file", form, uuid7())}?new=1${query}`;

export function Start({ words, me, reference }) {
  const { t } = words;
  const [unfinished, setUnfinished] = useState(/** @type {Draft[]} */ ([]));
  const ours = (/** @type {Draft[]} */ found) => setUnfinished(found.filter((draft) => draft.form in TITLES));
  const read = () => drafts(me.login).then(ours, console.warn);
  useEffect(() => void read(), [me.login]);
  const all = useOutbox() ?? [];
  const mine = all.filter((entry) => entry.login === me.login);

  return html`<h2>${t("file_title")}</h2>
    <nav class="tiles start">
      ${TILES.map(({ form, more, list }) => html`<a class="button" key=${form} href=${list ? href("file", form) : fresh(form)}>
        <b>${t(TITLES[form])}</b>${more && html`<small>${t(more)}</small>`}
      </a>`)}
    </nav>
    ${mine.length > 0 && html`<a class="button wide-button" href=${href("file", "outbox")}>${t("outbox_n", { n: mine.length })}</a>`}
    ${unfinished.length > 0 && html`<section>
      <h3>${t("file_drafts")}</h3>
      <ul class="seen">${unfinished.map((draft) => html`<${DraftLine} key=${draft.id} words=${words} reference=${reference} draft=${draft} onGone=${read} />`)}</ul>
    </section>`}
    <${OthersWaiting} words=${words} me=${me} all=${all} />`;
}

function DraftLine({ words, reference, draft, onGone }) {
  const { t } = words;
  const [sure, setSure] = useState(false);
  const { raid, observations = [], pictures = [], category, name } = draft.values;
  const what = raid ? raid.number : titleOf(reference.categories, category ?? null, words.language) || name;

  async function drop() {
    const all = [...pictures, ...observations.flatMap((/** @type {any} */ seen) => seen.pictures)];
    await discard(draft.id, all.map((/** @type {any} */ p) => p.id));
    onGone();
  }

  return html`<li>
    <div><b>${t(TITLES[draft.form])}${what ? `: ${what}` : ""}</b><small>${words.moment(new Date(draft.updated_ms))}</small></div>
    <a class="button" href=${href("file", draft.form, draft.id)}>${t("file_continue")}</a>
    ${sure
      ? html`<button type="button" class="primary" onClick=${drop}>${t("file_discard_sure")}</button>`
      : html`<button type="button" onClick=${() => setSure(true)}>${t("file_discard")}</button>`}
  </li>`;
}

const RECENT_DAYS = 90;
const ALL_DAYS = 3660;

/** Raids that docked navigators brought and nobody has filed yet: of the last months, or all. */
export const docked = (/** @type {{ login: string }} */ me, all = false) => {
  const path = `drafts?days=${all ? ALL_DAYS : RECENT_DAYS}`;
  return lastKnown(me.login, path, () => get(path)).then(({ value }) => value);
};

export function DockedList({ words, me, records, whyNot }) {
  const { t } = words;
  const [found, setFound] = useState(/** @type {any[] | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [all, setAll] = useState(false);
  useChanges(records);
  const read = [...records.docked.values()].filter((/** @type {any} */ line) => line.phase === "done").length;
  useEffect(() => void docked(me, all).then(setFound, setError), [me.login, read, all]);
  if (error) return html`<p class="none" role="alert">${whyNot(error)}</p>`;
  if (!found) return html`<p class="none">${t("file_loading")}</p>`;
  return html`<h2>${t("file_raid_docked")}</h2>
    ${found.length === 0 && html`<p class="none">${t(all ? "file_no_drafts" : "file_no_drafts_of", { n: RECENT_DAYS })}</p>`}
    <div class="tiles">
      ${found.map(({ raid, units, tracks, observations }) => html`<a class="button tall" key=${raid.raid_id} href=${href("file", "docked", raid.raid_id)}>
        <b>${dayText(words, raid.start_date)}${raid.end_date !== raid.start_date ? ` – ${dayText(words, raid.end_date)}` : ""}</b>
        <span>${units.map((/** @type {any} */ u) => u.person_name ?? u.unit).join(", ")}</span>
        <small>${[
          words.kilometres(tracks.reduce((/** @type {number} */ sum, /** @type {any} */ track) => sum + track.cleaned_length_m, 0)),
          t("file_marks_count", { n: observations.length }),
        ].join(" · ")}</small>
      </a>`)}
    </div>
    ${!all && html`<button type="button" class="quiet" onClick=${() => setAll(true)}>${t("file_older_drafts")}</button>`}`;
}

/** Camera traps by name, and a new place. */
export function CameraList({ words, reference }) {
  const { t } = words;
  const sites = reference.sites.filter((/** @type {any} */ site) => site.kind === "camera_trap" && !site.withdrawn);
  return html`<h2>${t("file_camera_which")}</h2>
    <div class="tiles">
      <a class="button" href=${fresh("place")}><b>+ ${t("file_camera_new")}</b><small>${t("file_camera_new_more")}</small></a>
      ${sites.map((/** @type {any} */ site) => html`<a class="button" key=${site.site_id} href=${fresh("check", `&site=${site.site_id}`)}><b>${site.name}</b></a>`)}
    </div>`;
}
