// The list of hotspots: what it is, how hot, where, how sure, how old, and what to do with it.

import { html, useState } from "./vendor/htm-preact.js";
import { thumbnailUrl } from "./records.js";
import { coordinates } from "./strings.js";

/** @import { Hotspot } from "./records.js" */

const STATES = /** @type {const} */ (["new", "acknowledged", "dismissed"]);
const REASONS = ["warm_rock", "roof", "vehicle", "allowed_fire", "animal", "own_people", "other"];
const CARDS = 40;

const newestFirst = (/** @type {Hotspot} */ a, /** @type {Hotspot} */ b) => (a.listed_utc < b.listed_utc ? 1 : -1);
const mostUrgentFirst = (/** @type {Hotspot} */ a, /** @type {Hotspot} */ b) =>
  a.kind === b.kind ? newestFirst(a, b) : a.kind === "fire" ? -1 : 1;

/** Tabs with counts, and the cards of the chosen one. */
export function HotspotList({ words, hotspots, tab, onTab, selected, onSelect, onAct, now }) {
  const [shown, setShown] = useState(CARDS);
  const sorted = hotspots
    .filter((/** @type {Hotspot} */ h) => h.state === tab)
    .sort(tab === "new" ? mostUrgentFirst : newestFirst);
  const rest = sorted.length - shown;
  const count = (/** @type {string} */ state) => hotspots.filter((/** @type {Hotspot} */ h) => h.state === state).length;

  return html`
    <div class="tabs" role="tablist">
      ${STATES.map(
        (state) => html`<button
          role="tab"
          aria-selected=${state === tab}
          class=${state === "new" && count(state) ? "alert" : ""}
          onClick=${() => onTab(state)}
        >
          ${words.t(state)} <span class="count">${count(state)}</span>
        </button>`,
      )}
    </div>
    <ul class="list">
      ${sorted.length === 0 &&
      html`<li class="none">${words.t(tab === "new" ? "nothing_new" : "nothing_here")}</li>`}
      ${sorted.slice(0, shown).map(
        (/** @type {Hotspot} */ h) =>
          html`<${Card}
            key=${h.hotspot_id}
            words=${words}
            hotspot=${h}
            now=${now}
            selected=${h.hotspot_id === selected}
            onSelect=${onSelect}
            onAct=${onAct}
          />`,
      )}
      ${rest > 0 &&
      html`<li>
        <button onClick=${() => setShown(shown + CARDS)}>${words.t("more", { n: Math.min(rest, CARDS) })}</button>
      </li>`}
    </ul>
  `;
}

function Card({ words, hotspot, now, selected, onSelect, onAct }) {
  const { t } = words;
  const seen = new Date(hotspot.last_seen_utc);
  const classes = ["card", hotspot.kind, hotspot.state !== "new" && "quiet", selected && "selected"];
  return html`<li class=${classes.filter(Boolean).join(" ")} id=${`card-${hotspot.hotspot_id}`}>
    <div class="look" onClick=${() => onSelect(hotspot.hotspot_id)}>
      ${hotspot.thumbnail_etag
        ? html`<img src=${thumbnailUrl(hotspot)} alt="" loading="lazy" />`
        : html`<div class="no-picture"></div>`}
      <div>
        <h2>${t(hotspot.kind)}</h2>
        <div class="peak">
          ${peak(words, hotspot)}
          <time datetime=${hotspot.last_seen_utc} title=${words.moment(seen)}>
            ${words.age((now - seen.getTime()) / 1000)}
          </time>
        </div>
        <${Place} words=${words} hotspot=${hotspot} />
        <div class="small">
          ${[
            t("vehicle", { n: hotspot.system_id }),
            t("views", { n: hotspot.views }),
            hotspot.source === "radio" && t("from_radio"),
            hotspot.clock_suspect && t("clock_suspect"),
          ]
            .filter(Boolean)
            .join(" · ")}
        </div>
      </div>
    </div>
    <${Actions} words=${words} hotspot=${hotspot} onAct=${onAct} />
  </li>`;
}

/** The peak in degrees, or the plain statement that this camera cannot give it. */
function peak(/** @type {any} */ words, /** @type {Hotspot} */ hotspot) {
  if (hotspot.peak_kelvin === null) return words.t("relative");
  const celsius = words.celsius(hotspot.peak_kelvin);
  return hotspot.saturated ? words.t("at_least", { t: celsius }) : celsius;
}

function Place({ words, hotspot }) {
  const { fix } = hotspot;
  if (!fix) return html`<div class="small" title=${hotspot.unlocated_because}>${words.t("unlocated")}</div>`;
  return html`<div class="place">${coordinates(fix.lat_deg, fix.lon_deg)}</div>
    <div>${words.t("ce90", { r: words.metres(fix.ce90_m) })}</div>`;
}

function Actions({ words, hotspot, onAct }) {
  const { t } = words;
  const [asking, setAsking] = useState(false);
  const dismiss = (/** @type {string} */ reason) => {
    setAsking(false);
    onAct(hotspot, "dismiss", reason);
  };
  if (asking) {
    return html`<div class="actions">
      <p>${t("why_dismiss")}</p>
      ${REASONS.map((r) => html`<button onClick=${() => dismiss(r)}>${t(`reason_${r}`)}</button>`)}
      <button onClick=${() => setAsking(false)}>${t("cancel")}</button>
    </div>`;
  }
  if (hotspot.state !== "new") {
    return html`<div class="actions">
      <button onClick=${() => onAct(hotspot, "reopen")}>${t("reopen")}</button>
      ${hotspot.state === "acknowledged" &&
      html`<button onClick=${() => setAsking(true)}>${t("dismiss")}</button>`}
    </div>`;
  }
  return html`<div class="actions">
    <button class="primary" onClick=${() => onAct(hotspot, "acknowledge")}>${t("acknowledge")}</button>
    <button onClick=${() => setAsking(true)}>${t("dismiss")}</button>
  </div>`;
}
