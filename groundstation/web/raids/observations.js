// The list of observations, whichever raid they belong to: what stands behind a report's numbers.

import { html, useRef } from "../vendor/htm-preact.js";
import { Refused, query } from "../api.js";
import { nameOf } from "../forms/model.js";
import { useReference } from "../forms/reference.js";
import { href } from "../pages.js";
import { Choice, Filters } from "./filters.js";
import { Mark } from "./finds.js";
import { useKeys, useList } from "./list.js";
import { TABLE } from "./strings.js";
import { categoryOf, personOf, toldAttributes } from "./telling.js";

export { TABLE };

/** What a list of observations can be narrowed by; a report's link may say more. */
const ASKED = ["from", "to", "category", "raid", "site", "text", "withdrawn"];

export function Page({ words, station, me, go, params, shown }) {
  const { t, language } = words;
  const filter = Object.fromEntries(Object.entries(params.query).filter(([name]) => ASKED.includes(name)));
  const { reference } = useReference(me);
  const list = useList("observations", filter);
  const lines = useRef(/** @type {HTMLElement | null} */ (null));
  const search = useRef(/** @type {HTMLInputElement | null} */ (null));
  useKeys(shown, lines, search);
  const onFilter = (/** @type {Record<string, string>} */ next) => go(`observations${query(next)}`, { replace: true });
  const categories = [...(reference?.categories.values() ?? [])].map((c) => [
    c.hkey,
    `${"\u2003".repeat(c.path.length - 1)}${nameOf(c.names, language)}`,
  ]);
  return html`<div class="records">
    <${Filters} words=${words} filter=${filter} now=${new Date(Date.now() + station.records.clockAhead_ms)} search=${search} onFilter=${onFilter}>
      <${Choice} label=${t("any_category")} value=${filter.category} items=${categories} onChange=${(/** @type {string} */ category) => onFilter({ ...filter, category })} />
    <//>
    <div class="above"><a class="button" href=${href("raids")}>${t("raids")}</a></div>
    ${list.error ? html`<p class="trouble" role="alert">${t("list_failed", { why: list.error instanceof Refused ? list.error.detail : t("offline") })}
      <button onClick=${list.reload}>${t("again")}</button></p>` : null}
    ${list.items?.length === 0 && html`<p class="empty">${t("nothing_found")}</p>`}
    <div class="lines observations" ref=${lines} role="list">
      ${list.items?.map((/** @type {any} */ o) => html`<${Line} key=${o.observation_id} words=${words} reference=${reference} observation=${o} />`)}
      <div class="foot" ref=${list.foot}>${list.items && !list.whole && t("connecting")}</div>
    </div>
  </div>`;
}

function Line({ words, reference, observation: o }) {
  const { t } = words;
  const told = toldAttributes(words, reference, o).map(([label, text]) => `${label}: ${text}`);
  const place = o.raid_id === null ? href("observation", o.observation_id) : `${href("raid", o.raid_id)}?observation=${o.observation_id}`;
  return html`<a class=${o.withdrawn === null ? "line" : "line withdrawn"} role="listitem" href=${place}>
    <span class="category"><${Mark} category=${o.category} /><b>${categoryOf(words, reference, o.category)}</b></span>
    <span class="dates">${o.observed_utc ? words.local(o.observed_utc, o.utc_offset_s) : t("no_time")}</span>
    <span class="told">${[...told, o.comment].filter(Boolean).join(" · ")}</span>
    <span class="people">${o.observer !== null && personOf(reference, {}, o.observer)}</span>
    <span class="finds">${o.flaws.length > 0 && html`<small class="flaw">${t("flaws_n", { n: o.flaws.length })}</small>`}</span>
  </a>`;
}
