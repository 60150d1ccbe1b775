// One line a vehicle: is it heard, how high, how fast, how much battery, and what ails it.

import { html } from "../vendor/htm-preact.js";

/** @import { Vehicle } from "../records.js" */

const SILENT_AFTER_S = 10;

/** Seconds since it was heard, by the station's clock; null before the first time. */
const heard_s = (/** @type {Vehicle} */ v, /** @type {number} */ now) =>
  v.state_received_utc ? (now - Date.parse(v.state_received_utc)) / 1000 : null;

export const isSilent = (/** @type {Vehicle} */ v, /** @type {number} */ now) =>
  (heard_s(v, now) ?? 0) > SILENT_AFTER_S;

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
  return html`<button
    class=${followed ? "vehicle followed" : "vehicle"}
    title=${t("follow")}
    aria-pressed=${followed}
    onClick=${() => onFollow(followed ? null : vehicle.system_id)}
  >
    <b>${t("vehicle", { n: vehicle.system_id })}</b>
    <span>${state?.battery_percent != null ? `${Math.round(state.battery_percent)} %` : ""}</span>
    ${state && html`<span class="facts">${facts(words, state)}</span>`}
    ${isSilent(vehicle, now) &&
    html`<span class="silent">${t("silent", { age: words.span(heard_s(vehicle, now)) })}</span>`}
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
