// The outbox as people see it: what waits, what was not taken and why, what to do about it.

import { html, useEffect, useState } from "../vendor/htm-preact.js";
import { href } from "../pages.js";
import { again, entries, file, insist, setAside, watch } from "./outbox.js";
import { Thumbnail } from "./pictures_field.js";
import { reduced } from "./reduce.js";
import { shelf } from "./shelf.js";
import { TABLE } from "./strings.js";
import { uuid7 } from "./uuid7.js";

/** @import { Entry } from "./outbox.js" */

/** The whole box, whoever's; kept up to date. Null until it was read. @returns {Entry[] | null} */
export function useOutbox() {
  const [all, setAll] = useState(/** @type {Entry[] | null} */ (null));
  useEffect(() => {
    const read = () => void entries().then(setAll, console.warn);
    read();
    return watch(read);
  }, []);
  return all;
}

/** For the shell: how many records have not reached the station, and whether one needs a person. */
export function OutboxBadge({ words, me }) {
  const { t } = words.with(TABLE);
  const mine = (useOutbox() ?? []).filter((entry) => entry.login === me.login);
  const troubled = mine.filter((entry) => ["conflict", "refused"].includes(entry.state)).length;
  const waiting = mine.filter((entry) => entry.state === "waiting").length;
  if (!troubled && !waiting) return null;
  return html`<a class=${troubled ? "outbox-badge troubled" : "outbox-badge"} href=${href("file", "outbox")} role="status">
    ${troubled ? t("outbox_trouble", { n: troubled }) : t("outbox_n", { n: waiting })}
  </a>`;
}

/** Those of other people on this device: told, and no more. */
export function OthersWaiting({ words, me, all }) {
  const { t } = words;
  const others = all.filter((/** @type {Entry} */ entry) => entry.login !== me.login);
  if (!others.length) return null;
  const names = new Map(others.map((/** @type {Entry} */ e) => [e.login, e.author]));
  return html`<section class="others">
    <h3>${t("outbox_others")}</h3>
    <ul>${[...names].map(([login, name]) => html`<li key=${login}>
      ${t("outbox_others_line", { name, n: others.filter((/** @type {Entry} */ e) => e.login === login).length })}
    </li>`)}</ul>
    <p class="hint">${t("outbox_others_hint")}</p>
  </section>`;
}

/** The page `#/file/outbox`. */
export function OutboxPage({ words, me, tell }) {
  const all = useOutbox();
  if (!all) return null; // nobody is told that nothing waits before it is known
  const mine = all.filter((entry) => entry.login === me.login);
  return html`<div class="outbox">
    <h2>${words.t("outbox")}</h2>
    ${mine.length === 0 && html`<p class="none">${words.t("outbox_empty")}</p>`}
    <ul>${mine.map((entry) => html`<${Line} key=${entry.seq} words=${words} me=${me} entry=${entry} mine=${mine} tell=${tell} />`)}</ul>
    <${OthersWaiting} words=${words} me=${me} all=${all} />
  </div>`;
}

function Line({ words, me, entry, mine, tell }) {
  const { t } = words;
  const needed = mine.some((/** @type {Entry} */ other) => entry.needs.includes(other.id) && other.state !== "aside");
  const mendable = ["raid", "observation", "site"].includes(entry.kind) && entry.state !== "waiting";
  return html`<li class=${`entry ${entry.state}`}>
    ${entry.blob && html`<${Thumbnail} id=${entry.blob} name=${entry.title[words.language]} />`}
    <div class="said">
      <b>${entry.title[words.language]}</b>
      <small>${t(`outbox_${entry.state}`)} · ${t("outbox_written", { when: words.moment(new Date(entry.written_ms)) })}</small>
      ${entry.state === "waiting" && needed && html`<small>${t("outbox_waits_for")}</small>`}
      ${["refused", "aside"].includes(entry.state) && entry.answer && html`<p class="complaint" role="alert">${whyOf(words, entry)}</p>`}
      ${entry.state === "conflict" && html`<${Conflict} words=${words} entry=${entry} />`}
    </div>
    <div class="choice">
      ${entry.state === "conflict" && html`
        <button type="button" class="primary" onClick=${() => insist(entry.seq)}>${t("outbox_take_mine")}</button>
        <button type="button" onClick=${() => setAside(entry.seq)}>${t("outbox_take_theirs")}</button>`}
      ${entry.answer?.code === "photograph_too_large" && html`<${TooLarge} words=${words} me=${me} entry=${entry} tell=${tell} />`}
      ${mendable && html`<a class="button" href=${href("file", entry.kind === "site" ? "place" : entry.kind, entry.id) + `?entry=${entry.seq}`}>${t("outbox_edit")}</a>`}
      ${["refused", "aside"].includes(entry.state) && html`<button type="button" onClick=${() => again(entry.seq)}>${t("outbox_again")}</button>`}
      ${entry.state === "refused" && html`<button type="button" onClick=${() => setAside(entry.seq)}>${t("outbox_aside_it")}</button>`}
    </div>
  </li>`;
}

const whyOf = (/** @type {any} */ words, /** @type {Entry} */ { answer }) =>
  answer?.code === "photograph_too_large" ? words.t("outbox_too_large", answer.values) : answer?.detail;

/** A smaller copy goes; the original stays aside, and may be saved elsewhere. */
function TooLarge({ words, me, entry, tell }) {
  const { t } = words;
  const original = async () => (await shelf("readonly", ({ blobs }) => blobs.get(entry.blob))).blob;

  async function sendReduced() {
    const copy = await reduced(await original());
    if (!copy) return tell(t("outbox_reduce_failed"));
    const id = uuid7();
    await shelf("readwrite", ({ blobs }) => blobs.put({ id, blob: copy }));
    const path = entry.path.replace(entry.id, id);
    await file(me, [{ id, kind: "photograph", path, body: null, blob: id, needs: entry.needs, title: entry.title }]);
    await setAside(entry.seq);
  }

  async function save() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await original());
    link.download = new URLSearchParams(entry.path.split("?")[1]).get("name") ?? "photograph";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  return html`
    ${entry.state !== "aside" && html`<button type="button" class="primary" onClick=${sendReduced}>${t("outbox_reduced")}</button>`}
    <button type="button" onClick=${save}>${t("outbox_save")}</button>`;
}

/** Both versions, where they differ. */
function Conflict({ words, entry }) {
  const { t } = words;
  const { theirs } = entry.answer;
  const keys = Object.keys(entry.body).filter((key) => !UNTOLD.has(key) && JSON.stringify(entry.body[key]) !== JSON.stringify(theirs?.[key]));
  return html`<p>${t("outbox_conflict_hint")}</p>
    ${theirs && html`<table>
      <thead><tr><th></th><th>${t("outbox_mine")}</th><th>${t("outbox_theirs")}</th></tr></thead>
      <tbody>${keys.map((key) => html`<tr key=${key}>
        <th>${words.known(`field_${key}`) || key}</th>
        <td>${textOf(entry.body[key])}</td>
        <td>${textOf(theirs[key])}</td>
      </tr>`)}</tbody>
    </table>`}`;
}

const UNTOLD = new Set(["revision", "flaws", "utc_offset_s", "group"]);

function textOf(/** @type {any} */ value) {
  if (value === null || value === undefined || value === "") return "—";
  return typeof value === "object" ? JSON.stringify(value, null, 1).replace(/[{}"[\]]/g, "").trim() : String(value);
}
