// Observations as cards: what, when, by whom, what was answered, pictures, and what is odd.

import { html, useState } from "../vendor/htm-preact.js";
import { get, urlOf } from "../api.js";
import { useAnswer } from "../hooks.js";
import { coordinates } from "../words.js";
import { History } from "./history.js";
import { markOf } from "./raid_map.js";
import { categoryOf, flawOf, personOf, toldAttributes, toldObservation } from "./telling.js";

/** The sign a category has on the map. */
export function Mark({ category }) {
  const [shape, colour] = markOf(category);
  return html`<i class=${`mark ${shape}`} style=${{ background: colour }}></i>`;
}

export function Find({ words, reference, flaws, names, observation: o, pictures, selected, onSelect }) {
  const { t } = words;
  const [open, setOpen] = useState(false);
  const told = (/** @type {any} */ record) => toldObservation(words, reference, names, record);
  const classes = ["find", selected && "selected", o.withdrawn !== null && "withdrawn"].filter(Boolean).join(" ");
  return html`<li class=${classes} id=${`find-${o.observation_id}`}>
    <button class="look" aria-pressed=${selected} onClick=${() => onSelect(o.observation_id)}>
      <${Mark} category=${o.category} />
      <b>${categoryOf(words, reference, o.category)}</b>
      <span>${o.observed_utc ? words.local(o.observed_utc, o.utc_offset_s) : t("no_time")}
        ${o.observer !== null && ` · ${personOf(reference, names, o.observer)}`}</span>
    </button>
    ${o.withdrawn !== null && html`<p class="flaw">${t("withdrawn_because", { reason: o.withdrawn })}</p>`}
    <dl class="told">
      ${toldAttributes(words, reference, o).map(([label, text]) => html`<dt>${label}</dt><dd>${text}</dd>`)}
    </dl>
    ${o.comment && html`<p class="words">${o.comment}</p>`}
    <${Pictures} words=${words} pictures=${pictures} />
    ${o.flaws.map((/** @type {string} */ entry) => html`<p class="flaw">${flawOf(flaws, entry, words.language)}</p>`)}
    ${selected &&
    html`<div class="more">
      <span class="place">${o.lat_deg === null ? t("no_place") : coordinates(o.lat_deg, o.lon_deg)}</span>
      <button aria-expanded=${open} onClick=${() => setOpen(!open)}>${t("history")}</button>
      ${open && html`<${History} words=${words} path=${`observations/${o.observation_id}`} current=${o} tell=${told} />`}
    </div>`}
  </li>`;
}

/** Of a raid, by observation; "" are those of the raid itself. */
export function usePictures(/** @type {string} */ raidId) {
  const { value } = useAnswer(() => get(`photographs?raid=${raidId}`), [raidId]);
  /** @type {Record<string, any[]>} */
  const found = {};
  for (const picture of value?.items ?? value ?? []) if (picture.withdrawn === null) (found[picture.observation_id ?? ""] ??= []).push(picture);
  return found;
}

export function Pictures({ words, pictures }) {
  if (!pictures?.length) return null;
  return html`<div class="pictures">
    ${pictures.map(
      (/** @type {any} */ p) => html`<a href=${urlOf(`photographs/${p.photograph_id}?size=full`)} target="_blank" rel="noopener">
        <img src=${urlOf(`photographs/${p.photograph_id}?size=small`)} alt=${p.name ?? words.t("photographs")} loading="lazy" />
      </a>`,
    )}
  </div>`;
}
