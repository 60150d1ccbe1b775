// How the count goes on: what is covered, who is out, what was met; readable across a room.

import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { Refused, get } from "../api.js";
import { nameOf } from "../forms/model.js";
import { useAnswer } from "../hooks.js";
import { href } from "../pages.js";
import { termOf } from "../raids/telling.js";
import { useChangesOf } from "./changes.js";
import { createRouteMap } from "./route_map.js";

const STATES = ["out", "walked", "waiting", "filed"];
/** In the order of what somebody still has to see to. */
const ORDERS = /** @type {Record<string, (a: any, b: any) => number>} */ ({
  order_number: () => 0, // as the station gives them
  order_state: (a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state),
});

/** A category without those above it: "Tiger track". */
const animalOf = (/** @type {any} */ words, /** @type {any} */ reference, /** @type {string} */ category) =>
  nameOf(reference?.categories.get(category)?.names, words.language) || category;

export function Board({ words, station, reference, count }) {
  const { t } = words;
  const { value: board, error, again } = useAnswer(() => get(`counts/${count.count_id}/board`), [count.revision]);
  const { value: routes } = useAnswer(() => get("routes"), [count.revision]);
  useChangesOf(station.records, again);
  const [order, setOrder] = useState("order_number");
  const [selected, setSelected] = useState("");
  const target = useRef(/** @type {HTMLElement | null} */ (null));
  const map = useRef(/** @type {ReturnType<typeof createRouteMap> | null} */ (null));
  const there = board !== null;

  useEffect(() => {
    if (!there || !target.current) return;
    map.current = createRouteMap(target.current, { settings: station.settings, onSelect: setSelected });
    Object.assign(globalThis.kedrovka, { routeMap: map.current });
    return () => map.current?.map.setTarget(null);
  }, [there]);
  useEffect(() => {
    if (board && routes) map.current?.show(routes, board.lines);
  }, [board, routes]);
  useEffect(() => {
    map.current?.select(selected);
    if (selected) document.getElementById(`route-${selected}`)?.scrollIntoView({ block: "nearest" });
  }, [selected]);

  if (!board) return html`<p class="sheet quiet">${error ? t("count_failed", { why: error instanceof Refused ? error.detail : t("offline") }) : t("connecting")}</p>`;
  const lines = [...board.lines].sort(ORDERS[order]);
  return html`<div class="board">
    <${Top} words=${words} reference=${reference} board=${board} />
    <div class="map" ref=${target}></div>
    <section class="routes">
      ${lines.length === 0
        ? html`<p class="empty">${t("count_routes_none")}</p>`
        : html`<div class="order" role="group" aria-label=${t("order")}>
            ${Object.keys(ORDERS).map((name) => html`<button aria-pressed=${name === order} onClick=${() => setOrder(name)}>${t(name)}</button>`)}
          </div>`}
      <ul>
        ${lines.map((line) => html`<${Line} key=${line.route_id} words=${words} reference=${reference} line=${line} selected=${line.route_id === selected}
          onSelect=${() => setSelected(line.route_id === selected ? "" : line.route_id)} />`)}
      </ul>
    </section>
  </div>`;
}

function Top({ words, reference, board }) {
  const { t } = words;
  const share = board.planned_m ? board.covered_m / board.planned_m : 0;
  const met = Object.entries(board.crossings ?? {});
  return html`<header class="board-top">
    <div class="overall">
      <h1>${board.count.name} <small>${words.days(board.count.start_date, board.count.end_date)}</small></h1>
      <div class="percent"><b>${words.number(share * 100, 0)}<i>%</i></b>
        <span>${t("count_covered")}<br />${t("count_covered_km", { done: words.kilometres(board.covered_m), all: words.kilometres(board.planned_m) })}</span></div>
      <${Bar} share=${share} />
    </div>
    <dl class="met">
      <div><dt>${t("count_walked")}</dt><dd>${words.kilometres(board.walked_m)}</dd></div>
      ${board.crossings && met.length === 0 && html`<div><dt>${t("count_crossings")}</dt><dd class="quiet">${t("count_no_crossings")}</dd></div>`}
      ${met.map(([category, times]) => html`<div><dt>${animalOf(words, reference, category)}</dt><dd>${words.count(times)}</dd></div>`)}
    </dl>
    <dl class="states">
      ${STATES.map((state) => html`<div class=${state}><dt>${t(`state_${state}`)}</dt><dd>${board.states[state] ?? 0}</dd></div>`)}
    </dl>
  </header>`;
}

const Bar = ({ share }) => html`<div class="bar"><i style=${{ width: `${Math.min(100, share * 100)}%` }}></i></div>`;

function Line({ words, reference, line, selected, onSelect }) {
  const { t, language } = words;
  const people = [...new Set(line.walks.flatMap((/** @type {any} */ walk) => walk.people))];
  const met = Object.entries(line.crossings ?? {}).map(([category, times]) => `${animalOf(words, reference, category)}: ${words.count(times)}`);
  return html`<li id=${`route-${line.route_id}`} class=${`${line.state}${selected ? " selected" : ""}`}>
    <button onClick=${onSelect} aria-pressed=${selected}>
      <b class="number">${line.number}</b>
      <span class="name">${line.name}</span>
      <span class="team">${termOf(reference, "team", line.team, language)}</span>
      <span class="share">${words.number(line.covered * 100, 0)} %</span>
      <${Bar} share=${line.covered} />
      <span class="who">${people.length ? people.join(", ") : t(`state_one_${line.state}`)}</span>
      ${met.length > 0 && html`<span class="met">${met.join(" · ")}</span>`}
    </button>
    ${selected &&
    html`<div class="more">
      <span>${t(`state_one_${line.state}`)} · ${words.kilometres(line.planned_m)}</span>
      ${line.walks.map((/** @type {any} */ walk) => html`<a href=${href("raid", walk.raid_id)}>${walk.number} · ${words.day(walk.date)} · ${words.kilometres(walk.walked_m)}</a>`)}
    </div>`}
  </li>`;
}
