// The list of raids: narrowed by a touch, walked with arrows, as long as one scrolls.

import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { Refused, query } from "../api.js";
import { useReference } from "../forms/reference.js";
import { href } from "../pages.js";
import { Choice, Filters, terms } from "./filters.js";
import { useKeys, useList } from "./list.js";
import { TABLE } from "./strings.js";
import { termOf } from "./telling.js";

export { TABLE };

const KINDS = ["raid", "ambush", "flight", "count"];
const PEOPLE_SHOWN = 3;

export function Page({ words, station, me, go, params, shown }) {
  const { t, language } = words;
  const filter = params.query;
  const { reference } = useReference(me);
  const list = useList("raids", filter);
  const [changed, setChanged] = useState(false);
  const lines = useRef(/** @type {HTMLElement | null} */ (null));
  const search = useRef(/** @type {HTMLInputElement | null} */ (null));
  useKeys(shown, lines, search);
  const simple = useRef(true);
  simple.current = list.first;
  // A list somebody has scrolled through does not move under their finger.
  const onRaid = () => (simple.current ? list.reload() : setChanged(true));
  useEffect(() => station.records.watch({ onRaid }), []);

  const onFilter = (/** @type {Record<string, string>} */ next) => go(`raids${query(next)}`, { replace: true });
  const set = (/** @type {string} */ name) => (/** @type {string} */ value) => onFilter({ ...filter, [name]: value });
  const people = (reference?.people ?? []).map((/** @type {any} */ p) => [String(p.person), p.name]);
  return html`<div class="records">
    <${Filters} words=${words} filter=${filter} now=${new Date(Date.now() + station.records.clockAhead_ms)} search=${search} onFilter=${onFilter}>
      <${Choice} label=${t("any_kind")} value=${filter.kind} items=${KINDS.map((kind) => [kind, t(`kind_${kind}`)])} onChange=${set("kind")} />
      <${Choice} label=${t("any_team")} value=${filter.team} items=${terms(reference, "team", language)} onChange=${set("team")} />
      <${Choice} label=${t("any_station")} value=${filter.station} items=${terms(reference, "station", language)} onChange=${set("station")} />
      <${Choice} label=${t("any_person")} value=${filter.person} items=${people} onChange=${set("person")} />
      <${Choice} label=${t("any_transport")} value=${filter.transport} items=${terms(reference, "transport", language)} onChange=${set("transport")} />
    <//>
    <div class="above">
      ${list.sums && html`<${Selection} words=${words} sums=${list.sums} />`}
      ${me.may.has("sightings") && html`<a class="button" href=${href("observations")}>${t("observations")}</a>`}
    </div>
    ${changed && html`<button class="renew" onClick=${() => (setChanged(false), list.reload())}>${t("list_changed")}</button>`}
    ${list.error ? html`<p class="trouble" role="alert">${t("list_failed", { why: list.error instanceof Refused ? list.error.detail : t("offline") })}
      <button onClick=${list.reload}>${t("again")}</button></p>` : null}
    ${list.items?.length === 0 && html`<p class="empty">${t(Object.values(filter).some(Boolean) ? "nothing_found" : "no_raids_yet")}</p>`}
    <div class="lines raids" ref=${lines} role="list">
      ${list.items?.length ? html`<${Heads} words=${words} />` : null}
      ${list.items?.map((/** @type {any} */ raid) => html`<${Line} key=${raid.raid_id} words=${words} reference=${reference} raid=${raid} />`)}
      <div class="foot" ref=${list.foot}>${list.items && !list.whole && t("connecting")}</div>
    </div>
  </div>`;
}

function Selection({ words, sums }) {
  const { t } = words;
  const facts = [
    [words.count(sums.raids), t("sums_raids")],
    [words.kilometres(sums.distance_m), t("sums_km")],
    [words.count(sums.days), t("sums_days")],
    [words.hours(sums.active_s), t("sums_hours")],
    [words.count(sums.finds), t("sums_finds")],
  ];
  return html`<dl class="sums">${facts.map(([number, what]) => html`<div><dt>${what}</dt><dd>${number}</dd></div>`)}</dl>`;
}

const HEADS = ["raid", "dates", "team", "people", "transport", "way", "time", "finds"];
const Heads = ({ words }) => html`<div class="heads" aria-hidden="true">
  ${HEADS.map((head) => html`<span class=${head}>${words.t(`head_${head}`)}</span>`)}
</div>`;

function Line({ words, reference, raid }) {
  const { t, language } = words;
  const { totals, leader } = raid;
  const others = raid.members.filter((/** @type {any} */ m) => m.person !== leader?.person);
  const named = [leader?.name, ...others.map((/** @type {any} */ m) => m.name)].filter(Boolean);
  const rest = named.length - PEOPLE_SHOWN;
  const where = [termOf(reference, "team", raid.team, language), termOf(reference, "station", raid.station, language)];
  return html`<a class=${raid.withdrawn === null ? "line" : "line withdrawn"} role="listitem" href=${href("raid", raid.raid_id)}>
    <span class="raid"><i class=${`kind ${raid.kind}`} title=${t(`kind_${raid.kind}`)}></i><b>${raid.number}</b>
      ${raid.withdrawn !== null && html`<small class="flaw">${t("withdrawn")}</small>`}</span>
    <span class="dates">${words.days(raid.start_date, raid.end_date)}</span>
    <span class="team">${where.filter(Boolean).join(" · ")}</span>
    <span class="people">${named.length ? named.slice(0, PEOPLE_SHOWN).join(", ") : t("nobody")}${rest > 0 && ` ${t("n_more", { n: rest })}`}</span>
    <span class="transport">${raid.transports.map((/** @type {string} */ key) => termOf(reference, "transport", key, language)).join(", ")}</span>
    <span class="way">${totals.distance_m > 0 && words.kilometres(totals.distance_m)}</span>
    <span class="time">${totals.active_s > 0 && words.hours(totals.active_s)}</span>
    <span class="finds">${totals.finds > 0 && html`<b>${totals.finds}</b>`}
      ${raid.flaws.length > 0 && html`<small class="flaw">${t("flaws_n", { n: raid.flaws.length })}</small>`}</span>
  </a>`;
}
