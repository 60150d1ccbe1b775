// The routes as planned: brought by a file, given to groups, taken out of use.

import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { Refused, get, post, put } from "../api.js";
import { termItems } from "../forms/reference.js";
import { useAnswer } from "../hooks.js";
import { createRouteMap } from "./route_map.js";

const FILE_MS = 120_000;

export function Routes({ words, station, me, reference, tell }) {
  const { t, language } = words;
  const { value: routes, again } = useAnswer(() => get("routes"), []);
  const [selected, setSelected] = useState("");
  const target = useRef(/** @type {HTMLElement | null} */ (null));
  const map = useRef(/** @type {ReturnType<typeof createRouteMap> | null} */ (null));
  const changes = me.may.has("count");
  useEffect(() => {
    map.current = createRouteMap(/** @type {HTMLElement} */ (target.current), { settings: station.settings, onSelect: setSelected });
    return () => map.current?.map.setTarget(null);
  }, []);
  useEffect(() => {
    if (routes) map.current?.show(routes, routes.map((/** @type {any} */ r) => ({ route_id: r.route_id, state: r.active ? "waiting" : "off" })));
  }, [routes]);
  useEffect(() => {
    map.current?.select(selected);
    if (selected) document.getElementById(`route-${selected}`)?.scrollIntoView({ block: "nearest" });
  }, [selected]);

  /** @param {() => Promise<any>} work */
  async function attempt(work) {
    try {
      await work();
      again();
    } catch (error) {
      tell(t("save_failed", { why: error instanceof Refused ? error.detail : t("offline") }));
    }
  }
  const bring = (/** @type {File | undefined} */ file) =>
    file && attempt(async () => {
      const brought = await post(`routes?name=${encodeURIComponent(file.name)}`, file, { deadline_ms: FILE_MS });
      tell(t("route_imported", { n: brought.length }));
    });
  const change = (/** @type {any} */ route, /** @type {object} */ some) =>
    attempt(() => put(`routes/${route.route_id}`, { ...route, ...some, revision: route.revision + 1 }));
  const used = (routes ?? []).filter((/** @type {any} */ r) => r.active);
  const length_m = used.reduce((/** @type {number} */ sum, /** @type {any} */ r) => sum + (r.planned_m ?? 0), 0);

  return html`<div class="board planned">
    <header class="board-top"><h1>${t("count_routes")} <small>${routes && t("route_sum", { n: used.length, km: words.kilometres(length_m) })}</small></h1>
      ${changes && html`<label class="button">${t("route_import")}<input type="file" accept=".geojson,.json,.gpx" hidden
        onChange=${(/** @type {any} */ e) => (bring(e.target.files[0]), (e.target.value = ""))} /></label>`}</header>
    <div class="map" ref=${target}></div>
    <section class="routes"><ul>
      ${routes?.length === 0 && html`<li class="empty">${t("count_routes_none")}</li>`}
      ${routes?.map(
        (/** @type {any} */ r) => html`<li key=${r.route_id} id=${`route-${r.route_id}`} class=${`${r.active ? "" : "off"}${r.route_id === selected ? " selected" : ""}`}>
          <button onClick=${() => setSelected(r.route_id === selected ? "" : r.route_id)} aria-pressed=${r.route_id === selected}>
            <b class="number">${r.number}</b><span class="name">${r.name}</span>
            <span class="team">${termItems(reference ?? { terms: [] }, "team", language, r.team).find((/** @type {any} */ x) => x.key === r.team)?.text ?? r.team ?? ""}</span>
            <span class="share">${words.kilometres(r.planned_m ?? 0)}</span>
          </button>
          ${changes && r.route_id === selected && html`<${Change} words=${words} reference=${reference} route=${r} onChange=${(/** @type {object} */ some) => change(r, some)} />`}
        </li>`,
      )}
    </ul></section>
  </div>`;
}

function Change({ words, reference, route, onChange }) {
  const { t } = words;
  const [name, setName] = useState(route.name);
  const teams = reference ? termItems(reference, "team", words.language, route.team) : [];
  return html`<form class="more" onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), name.trim() && onChange({ name: name.trim() }))}>
    <input aria-label=${t("name")} value=${name} maxlength="120" onInput=${(/** @type {any} */ e) => setName(e.target.value)} />
    ${name.trim() !== route.name && html`<button class="primary" disabled=${!name.trim()}>${t("save")}</button>`}
    <select aria-label=${t("route_team")} value=${route.team ?? ""} onChange=${(/** @type {any} */ e) => onChange({ team: e.target.value || null })}>
      <option value="">${t("no_team")}</option>
      ${route.team && !teams.some((/** @type {any} */ x) => x.key === route.team) && html`<option value=${route.team} selected>${route.team}</option>`}
      ${teams.map((/** @type {any} */ x) => html`<option value=${x.key} selected=${x.key === route.team}>${x.text}</option>`)}
    </select>
    <button type="button" onClick=${() => onChange({ active: !route.active })}>${t(route.active ? "route_switch_off" : "route_switch_on")}</button>
  </form>`;
}
