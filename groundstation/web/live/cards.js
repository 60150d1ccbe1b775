// The list of hotspots: what it is, how hot, where, how sure, how old, and what to do with it.

import { html, useEffect, useState } from "../vendor/htm-preact.js";
import { getDetail, thumbnailUrl } from "../records.js";
import { coordinates } from "../words.js";
import { unlocated } from "./strings.js";

/** @import { Decision, Hotspot } from "../records.js" */

const STATES = /** @type {const} */ (["new", "acknowledged", "dismissed"]);
const REASONS = ["warm_rock", "roof", "vehicle", "allowed_fire", "animal", "own_people", "other"];
const CARDS = 40;

const newestFirst = (/** @type {Hotspot} */ a, /** @type {Hotspot} */ b) => (a.listed_utc < b.listed_utc ? 1 : -1);
const mostUrgentFirst = (/** @type {Hotspot} */ a, /** @type {Hotspot} */ b) =>
  a.kind === b.kind ? newestFirst(a, b) : a.kind === "fire" ? -1 : 1;

/** Tabs with counts, and the cards of the chosen one. */
export function HotspotList({ words, hotspots, decides, tab, onTab, selected, onSelect, onAct, now }) {
  const [shown, setShown] = useState(CARDS);
  const sorted = hotspots
    .filter((/** @type {Hotspot} */ h) => h.state === tab)
    .sort(tab === "new" ? mostUrgentFirst : newestFirst);
  const rest = sorted.length - shown;
  // What was tapped on the map is in the list, however far down it belongs.
  const far = sorted.slice(shown).find((/** @type {Hotspot} */ h) => h.hotspot_id === selected);
  const cards = [...(far ? [far] : []), ...sorted.slice(0, shown)];
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
      ${cards.map(
        (/** @type {Hotspot} */ h) =>
          html`<${Card}
            key=${h.hotspot_id}
            words=${words}
            hotspot=${h}
            now=${now}
            selected=${h.hotspot_id === selected}
            onSelect=${onSelect}
            onAct=${decides && onAct}
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
  // A clock that is ahead tells nothing about the age; the arrival does.
  const seen = new Date(hotspot.clock_suspect ? hotspot.listed_utc : hotspot.last_seen_utc);
  const select = () => onSelect(hotspot.hotspot_id);
  const classes = ["card", hotspot.kind, hotspot.state !== "new" && "quiet", selected && "selected"];
  return html`<li class=${classes.filter(Boolean).join(" ")} id=${`card-${hotspot.hotspot_id}`}>
    <div
      class="look"
      role="button"
      tabindex="0"
      aria-pressed=${selected}
      onClick=${select}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        select();
      }}
    >
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
    ${selected && html`<${History} key=${hotspot.state} words=${words} hotspot=${hotspot} />`}
    ${onAct && html`<${Actions} words=${words} hotspot=${hotspot} onAct=${onAct} />`}
  </li>`;
}

/** Who decided what, and when: what the next watch asks first. */
function History({ words, hotspot }) {
  const [history, setHistory] = useState(/** @type {Decision[]} */ ([]));
  useEffect(() => {
    getDetail(hotspot.hotspot_id).then((detail) => setHistory(detail.history), () => {});
  }, []);
  if (history.length === 0) return null;
  return html`<ul class="history">
    ${history.map(
      ({ time_utc, action, who, reason }) => html`<li>
        ${words.moment(new Date(time_utc))} · ${words.t(`done_${action}`)} · ${who}
        ${reason && ` · ${words.reason(reason)}`}
      </li>`,
    )}
  </ul>`;
}

/** The peak in degrees, or the plain statement that this camera cannot give it. */
function peak(/** @type {any} */ words, /** @type {Hotspot} */ hotspot) {
  if (hotspot.peak_kelvin === null) return words.t("relative");
  const celsius = words.celsius(hotspot.peak_kelvin);
  return hotspot.saturated ? words.t("at_least", { t: celsius }) : celsius;
}

function Place({ words, hotspot }) {
  const { fix } = hotspot;
  if (!fix) {
    return html`<div>${words.t("unlocated")}</div>
      <div class="small">${unlocated(words, hotspot.unlocated_because)}</div>`;
  }
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
