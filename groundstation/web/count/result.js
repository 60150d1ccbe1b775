// What a count adds up to, with what is not known said beside it.

import { html } from "../vendor/htm-preact.js";
import { Refused, get } from "../api.js";
import { useAnswer } from "../hooks.js";
import { categoryOf } from "../raids/telling.js";
import { useChangesOf } from "./changes.js";

const MS = 60_000; // the bootstrap takes its time

export function Result({ words, station, reference, count }) {
  const { t } = words;
  const { value: result, error, again } = useAnswer(() => get(`counts/${count.count_id}/result`, { deadline_ms: MS }), [count.revision]);
  useChangesOf(station.records, again);
  if (!result) return html`<p class="sheet quiet">${error ? t("count_failed", { why: error instanceof Refused ? error.detail : t("offline") }) : t("connecting")}</p>`;
  return html`<div class="results">
    <h1>${count.name}</h1>
    <p>${t("result_routes", { done: result.routes_walked, all: result.routes, km: words.number(result.covered_km, 0), planned: words.number(result.planned_km, 0) })}</p>
    ${result.is_partial && html`<p class="flaw">${t("result_partial")}</p>`}
    ${result.species.length === 0 && html`<p class="empty">${t("result_no_species")}</p>`}
    <div class="species">${result.species.map((/** @type {any} */ s) => html`<${Species} key=${s.category} words=${words} reference=${reference} species=${s} />`)}</div>
  </div>`;
}

function Species({ words, reference, species: s }) {
  const { t } = words;
  const n = (/** @type {number} */ value, digits = 2) => words.number(value, digits);
  const { density: d } = s;
  const left = [
    s.old_crossings > 0 && t("result_old", { n: n(s.old_crossings, 0) }),
    s.unknown_age > 0 && t("result_unknown_age", { n: n(s.unknown_age, 0) }),
    s.unmeasured_crossings > 0 && t("result_unmeasured", { n: n(s.unmeasured_crossings, 0) }),
  ].filter(Boolean);
  return html`<section>
    <h2>${categoryOf(words, reference, s.category)}</h2>
    ${d
      ? html`<p class="density"><b>${t("result_density", { n: n(d.per_100_km2) })}</b>
          <span>${d.low_per_100_km2 === null ? t("result_no_interval") : t("result_interval", { low: n(d.low_per_100_km2), high: n(d.high_per_100_km2) })}</span></p>
        ${d.coverage && html`<p class="quiet">${t("result_coverage", { level: n(d.level * 100, 0), low: n(d.coverage[0] * 100, 0), high: n(d.coverage[1] * 100, 0) })}</p>`}`
      : html`<p class="quiet">${t("result_no_travel")}</p>`}
    <ul>
      <li>${[t("result_crossings", { n: n(s.crossings, 0) }), s.crossings_per_10_km !== null && t("result_per_10_km", { n: n(s.crossings_per_10_km) })].filter(Boolean).join(" · ")}</li>
      ${left.map((text) => html`<li class="flaw">${text}</li>`)}
      ${s.travel && html`<li>${t("result_travel", { km: n(s.travel.mean_km), cv: n(s.travel.cv * 100, 0) })}${s.travel_source && ` — ${s.travel_source}`}</li>`}
      ${s.animals && html`<li>${Object.entries(s.animals).map(([animal, times]) => `${t(`animal_${animal}`)}: ${times}`).join(" · ")}</li>`}
      ${s.least_animals !== null && html`<li>${t("result_least", { n: s.least_animals })}</li>`}
      ${s.since.map((/** @type {any} */ one) => html`<li>${one.ratio === null || one.low === null
        ? t("since_unknown", { name: one.name })
        : `${t("since_more", { name: one.name, ratio: n(one.ratio), low: n(one.low), high: n(one.high) })}: ${t(one.is_certain ? "since_certain" : "since_uncertain")}`}</li>`)}
    </ul>
  </section>`;
}
