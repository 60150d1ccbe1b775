// One line a vehicle: is it heard, how high, how fast, how much battery, and what ails it.

import { html } from "./vendor/htm-preact.js";

/** @import { Vehicle } from "./records.js" */

const SILENT_AFTER_S = 10;

export function VehicleList({ words, vehicles, followed, onFollow, now }) {
  if (vehicles.length === 0) {
    return html`<section class="vehicles"><div class="none">${words.t("no_vehicles")}</div></section>`;
  }
  return html`<section class="vehicles">
    ${vehicles.map(
      (/** @type {Vehicle} */ v) =>
        html`<${Row} key=${v.system_id} words=${words} vehicle=${v} now=${now} followed=${followed === v.system_id}
          onFollow=${onFollow} />`,
    )}
  </section>`;
}

function Row({ words, vehicle, now, followed, onFollow }) {
  const { t } = words;
  const { state, health } = vehicle;
  const age_s = vehicle.state_received_utc ? (now - Date.parse(vehicle.state_received_utc)) / 1000 : null;
  return html`<button
    class=${followed ? "vehicle followed" : "vehicle"}
    title=${t("follow")}
    onClick=${() => onFollow(followed ? null : vehicle.system_id)}
  >
    <b>${t("vehicle", { n: vehicle.system_id })}</b>
    <span>${state?.battery_percent != null ? `${Math.round(state.battery_percent)} %` : ""}</span>
    ${state && html`<span class="facts">${facts(words, state)}</span>`}
    ${age_s !== null &&
    age_s > SILENT_AFTER_S &&
    html`<span class="silent">${t("silent", { age: words.span(age_s) })}</span>`}
    ${health?.problems?.length
      ? html`<span class="problems">
          ${health.problems.map((/** @type {string} */ p) => t(`problem_${p}`)).join(", ")}
        </span>`
      : !health && html`<span class="facts">${t("no_camera")}</span>`}
  </button>`;
}

function facts(/** @type {any} */ words, /** @type {NonNullable<Vehicle["state"]>} */ state) {
  return [
    state.mode,
    state.armed !== null && words.t(state.armed ? "armed" : "disarmed"),
    state.height_above_home_m !== null && `${words.metres(state.height_above_home_m)} ${words.t("height")}`,
    state.speed_m_s !== null && words.speed(state.speed_m_s),
  ]
    .filter(Boolean)
    .join(" · ");
}
