// One raid: its ways on the map, the replay, the profile, everything found, and what became of it.

import { html, useEffect, useMemo, useRef, useState } from "../vendor/htm-preact.js";
import { Refused, get, query, urlOf } from "../api.js";
import { useReference } from "../forms/reference.js";
import { useAnswer } from "../hooks.js";
import { href } from "../pages.js";
import { Sign } from "../signs.js";
import { Find, Pictures, usePictures } from "./finds.js";
import { History } from "./history.js";
import { Profile } from "./profile.js";
import { colourOf, createRaidMap } from "./raid_map.js";
import { Replay } from "./replay.js";
import { TABLE } from "./strings.js";
import { flawOf, toldRaid } from "./telling.js";
import { Turn } from "./turn.js";
import { navigatorsOf } from "./way.js";

export { TABLE };

const WAY_MS = 60_000;
const EXPORTS = /** @type {const} */ ([["gpx", "GPX"], ["kml", "KML"], ["geojson", "GeoJSON"], ["gpkg", "GeoPackage"], ["csv", "CSV"], ["smart", "SMART"]]);

export const Page = (/** @type {any} */ props) => html`<${OneRaid} key=${props.params.rest[0]} ...${props} id=${props.params.rest[0] ?? ""} />`;

function OneRaid({ words, station, me, params, tell, id }) {
  const { t } = words;
  const { reference } = useReference(me);
  const { value: flaws } = useAnswer(() => get("flaws"), []);
  const { value: detail, error, again } = useAnswer(() => get(`raids/${encodeURIComponent(id)}`), [id]);
  const sees = me.may.has("tracks");
  const way = useWay(id, sees ? detail?.raid.revision : undefined);
  const navigators = useMemo(() => navigatorsOf(way?.parts ?? []), [way]);
  useEffect(() => station.records.watch({ onRaid: (/** @type {any} */ news) => news.raid_id === id && again() }), [id]);

  if (error && !detail) {
    const why = error instanceof Refused ? error.detail : t("offline");
    return html`<div class="sheet"><p class="trouble" role="alert">${why}</p><a class="button" href=${href("raids")}>${t("back")}</a></div>`;
  }
  if (!detail) return html`<p class="sheet quiet">${t("connecting")}</p>`;
  const shared = { words, station, me, reference, flaws, detail, navigators };
  return html`<article class="raid-page">
    <${Top} ...${shared} onTurned=${again} tell=${tell} />
    <${Body} ...${shared} way=${way} sees=${sees} wanted=${params.query.observation ?? ""} />
  </article>`;
}

/** The ways of a revision, once that is known; they are much larger than the raid itself. */
function useWay(/** @type {string} */ id, /** @type {number | undefined} */ revision) {
  const ask = () => (revision === undefined ? Promise.resolve(null) : get(`raids/${encodeURIComponent(id)}/way`, { deadline_ms: WAY_MS }));
  return useAnswer(ask, [id, revision]).value;
}

function Top({ words, me, reference, detail, onTurned, tell }) {
  const { t, language } = words;
  const { raid, may_change } = detail;
  const [asking, setAsking] = useState(false);
  const { raid_id } = raid;
  return html`<header class="raid-top">
    <a class="button icon" href=${href("raids")} aria-label=${t("back")} onClick=${backOr}><${Sign} name="back" /></a>
    <div class="naming">
      <h1>${t(`kind_${raid.kind}`)} ${raid.number}</h1>
      <div class="quiet">${words.days(raid.start_date, raid.end_date)}${raid.armed && ` · ${t("armed")}`}</div>
    </div>
    <div class="doing">
      ${may_change && me.may.has("file") && html`<a class="button primary" href=${href("file", "raid", raid_id)}><${Sign} name="pen" /><span>${t("edit")}</span></a>`}
      <a class="button" target="_blank" href=${urlOf(`reports/raid${query({ raid: raid_id, form: "pdf", lang: language })}`)}><${Sign} name="print" /><span>${t("sheet")}</span></a>
      ${me.may.has("export") &&
      html`<details class="choice"><summary class="button">${t("export")}</summary>
        <div class="menu">
          ${EXPORTS.map(([format, name]) => html`<a download href=${urlOf(`exports/${format}${query({ raid: raid_id })}`)}>${name}</a>`)}
        </div>
      </details>`}
      ${me.may.has("withdraw") && html`<button aria-expanded=${asking} onClick=${() => setAsking(!asking)}>${t(raid.withdrawn === null ? "withdraw" : "restore")}</button>`}
    </div>
    ${raid.withdrawn !== null && html`<p class="banner">${t("withdrawn_because", { reason: raid.withdrawn })}</p>`}
    ${asking && html`<${Turn} words=${words} path=${`raids/${raid_id}`} record=${raid} tell=${tell} onDone=${() => (setAsking(false), onTurned())} onCancel=${() => setAsking(false)} />`}
  </header>`;
}

/** The list is as it was left: one step back, where there is one. */
function backOr(/** @type {Event} */ event) {
  if (!document.referrer && history.length <= 1) return;
  event.preventDefault();
  history.back();
}

function Body({ words, station, reference, flaws, detail, navigators, way, sees, wanted }) {
  const { t } = words;
  const { raid, totals, observations, names } = detail;
  const [selected, setSelected] = useState(wanted);
  const [which, setWhich] = useState(0);
  const [place, setPlace] = useState(/** @type {number | null} */ (null));
  const target = useRef(/** @type {HTMLElement | null} */ (null));
  const map = useRef(/** @type {ReturnType<typeof createRaidMap> | null} */ (null));
  const pictures = usePictures(raid.raid_id);
  const longest = Math.max(0, navigators.findIndex((/** @type {any} */ n) => n.counted_m === Math.max(...navigators.map((/** @type {any} */ o) => o.counted_m))));
  useEffect(() => setWhich(longest), [navigators]);
  const navigator = navigators[which];

  useEffect(() => {
    const onPlace = (/** @type {{ navigator: number, i: number } | null} */ hit) => {
      if (hit) setWhich(hit.navigator);
      setPlace(hit?.i ?? null);
    };
    map.current = createRaidMap(/** @type {HTMLElement} */ (target.current), { settings: station.settings, onObservation: (found) => setSelected(found ?? ""), onPlace });
    Object.assign(globalThis.kedrovka, { raidMap: map.current });
    return () => map.current?.map.setTarget(null);
  }, []);
  useEffect(() => {
    map.current?.showWays(navigators);
    map.current?.fit();
  }, [navigators]);
  useEffect(() => map.current?.showFinds(observations, raid), [observations]);
  useEffect(() => {
    if (navigators.length === 0) map.current?.fit();
  }, [observations, navigators]);
  useEffect(() => {
    map.current?.select(selected);
    if (selected) document.getElementById(`find-${selected}`)?.scrollIntoView({ block: "nearest" });
  }, [selected]);
  useEffect(() => map.current?.point(place === null ? null : (navigator?.points[place] ?? null)), [place, which]);

  const made = observations.filter((/** @type {any} */ o) => o.withdrawn === null);
  const gone = observations.filter((/** @type {any} */ o) => o.withdrawn !== null);
  const find = (/** @type {any} */ o) => html`<${Find} key=${o.observation_id} words=${words} reference=${reference} flaws=${flaws}
    names=${names} observation=${o} pictures=${pictures[o.observation_id]} selected=${o.observation_id === selected}
    onSelect=${(/** @type {string} */ next) => setSelected(next === selected ? "" : next)} />`;
  const told = (/** @type {any} */ record) => toldRaid(words, reference, names, record);
  return html`<div class="raid-body">
    <section class="ground">
      <div class="map" ref=${target}></div>
      ${navigators.length > 0 && html`<${Replay} words=${words} navigators=${navigators} onTime=${(/** @type {number} */ time) => map.current?.showTime(time)} />`}
      ${navigator && html`<${Profile} words=${words} navigator=${navigator} i=${place} onPlace=${setPlace} />`}
    </section>
    <section class="telling">
      <${Sums} words=${words} totals=${totals} />
      ${raid.flaws.length > 0 &&
      html`<div class="flaws"><h2>${t("flaws")}</h2>
        <ul>${raid.flaws.map((/** @type {string} */ entry) => html`<li>${flawOf(flaws, entry, words.language)}</li>`)}</ul></div>`}
      <${Ways} words=${words} navigators=${navigators} which=${which} loading=${sees && !way} sees=${sees} onWhich=${(/** @type {number} */ n) => (setWhich(n), setPlace(null))} />
      <h2>${t("finds")} <span class="count">${made.length}</span></h2>
      ${made.length === 0 && html`<p class="quiet">${t("finds_none")}</p>`}
      <ul class="finds">${made.map(find)}</ul>
      ${gone.length > 0 && html`<details><summary>${t("finds_withdrawn", { n: gone.length })}</summary><ul class="finds">${gone.map(find)}</ul></details>`}
      ${detail.hotspots.length > 0 && html`<p>${t("hotspots_n", { n: detail.hotspots.length })}</p>`}
      ${pictures[""] && html`<h2>${t("photographs")}</h2><${Pictures} words=${words} pictures=${pictures[""]} />`}
      <h2>${t("facts")}</h2>
      <dl class="told">${told(raid).filter(([, text]) => text).map(([label, text]) => html`<dt>${label}</dt><dd>${text}</dd>`)}</dl>
      <details class="past"><summary><h2>${t("history")}</h2></summary>
        <${History} words=${words} path=${`raids/${raid.raid_id}`} current=${raid} tell=${told} />
      </details>
    </section>
  </div>`;
}

/** What the raid adds up to. */
export function Sums({ words, totals }) {
  const { t } = words;
  const facts = [
    [words.kilometres(totals.distance_m), t("sums_km")],
    [words.count(totals.days), t("sums_days")],
    [words.hours(totals.active_s), t("sums_hours")],
    [words.count(totals.finds), t("sums_finds")],
  ];
  return html`<dl class="sums">${facts.map(([number, what]) => html`<div><dt>${what}</dt><dd>${number}</dd></div>`)}</dl>`;
}

/** Whose navigators these were; a tap shows the profile of one. */
function Ways({ words, navigators, which, loading, sees, onWhich }) {
  const { t } = words;
  if (loading) return html`<p class="quiet">${t("connecting")}</p>`;
  if (navigators.length === 0) return html`<p class="quiet">${t(sees ? "way_none" : "way_hidden")}</p>`;
  return html`<h2>${t("ways")}</h2>
    <div class="ways">
      ${navigators.map(
        (/** @type {any} */ n, /** @type {number} */ nth) => html`<button aria-pressed=${nth === which} onClick=${() => onWhich(nth)}>
          <i style=${{ background: colourOf(nth) }}></i>
          <span>${n.name ?? t("way_nameless", { n: nth + 1 })}</span>
          <span class="quiet">${t("way_counts", { km: words.kilometres(n.counted_m) })}</span>
        </button>`,
      )}
    </div>
    <p class="quiet">${t("way_again")}</p>`;
}
