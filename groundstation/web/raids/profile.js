// Height and speed along the way; a finger on it shows the place on the map.

import { html, useMemo, useRef } from "../vendor/htm-preact.js";
import { profileOf } from "./way.js";

const WIDE = 1000;
const HIGH = 160;
const HEIGHTS = [8, 108]; // rows of the drawing that the heights take; the speed has those below
const SPEEDS = [116, 156];
const KM_H = 3.6;

/**
 * @param {{ words: any, navigator: import("./way.js").Navigator, i: number | null,
 *   onPlace: (i: number | null) => void }} props `i`: the point that is shown on the map
 */
export function Profile({ words, navigator, i, onPlace }) {
  const { t } = words;
  const profile = useMemo(() => profileOf(navigator), [navigator]);
  const drawing = useRef(/** @type {SVGElement | null} */ (null));
  const { length_m, steps } = profile;
  const drawn = useMemo(() => drawingOf(profile), [profile]);
  if (!steps.length) return null;
  const here = i === null ? null : steps.reduce((best, s) => (Math.abs(s.i - i) < Math.abs(best.i - i) ? s : best));

  function point(/** @type {PointerEvent} */ event) {
    const { left, width } = /** @type {SVGElement} */ (drawing.current).getBoundingClientRect();
    const at_m = ((event.clientX - left) / width) * length_m;
    onPlace(steps.reduce((best, s) => (Math.abs(s.at_m - at_m) < Math.abs(best.at_m - at_m) ? s : best)).i);
  }

  const time = here && navigator.points[here.i].t;
  return html`<figure class="profile">
    <figcaption>
      <span>${t("profile")} · ${words.kilometres(length_m)}</span>
      ${drawn.heights && html`<span class="height"><i></i>${t("profile_height", { from: words.count(drawn.heights[0]), to: words.metres(drawn.heights[1]) })}</span>`}
      ${drawn.top && html`<span class="speed"><i></i>${t("profile_speed", { top: words.number(drawn.top * KM_H) })}</span>`}
      ${here &&
      html`<b>${[
        words.kilometres(here.at_m),
        here.alt_m !== null && words.metres(here.alt_m),
        here.speed_m_s !== null && t("km_h", { n: words.number(here.speed_m_s * KM_H) }),
        time && words.local(new Date(time).toISOString(), navigator.utc_offset_s),
      ]
        .filter(Boolean)
        .join(" · ")}</b>`}
    </figcaption>
    <svg ref=${drawing} viewBox=${`0 0 ${WIDE} ${HIGH}`} preserveAspectRatio="none" aria-hidden="true"
      onPointerMove=${(/** @type {PointerEvent} */ e) => (e.pointerType === "mouse" || e.buttons) && point(e)}
      onPointerDown=${point}
      onPointerLeave=${(/** @type {PointerEvent} */ e) => e.pointerType === "mouse" && onPlace(null)}>
      <path class="height" d=${drawn.area} />
      <path class="speed" d=${drawn.speed} />
      ${here && html`<line x1=${(here.at_m / length_m) * WIDE} x2=${(here.at_m / length_m) * WIDE} y1="0" y2=${HIGH} />`}
    </svg>
  </figure>`;
}

/** Paths of the drawing, and what its scales run to. */
function drawingOf(/** @type {ReturnType<typeof profileOf>} */ { length_m, steps }) {
  const x = (/** @type {number} */ at_m) => ((at_m / length_m) * WIDE).toFixed(1);
  const known = steps.filter((s) => s.alt_m !== null);
  const alts = known.map((s) => /** @type {number} */ (s.alt_m));
  const [low, high] = [Math.min(...alts), Math.max(...alts)];
  const y = scale(low, Math.max(high, low + 50), HEIGHTS);
  const line = known.map((s) => `${x(s.at_m)},${y(/** @type {number} */ (s.alt_m))}`);
  const area = line.length > 1 ? `M${x(known[0].at_m)},${HEIGHTS[1]} L${line.join(" ")} L${x(known[known.length - 1].at_m)},${HEIGHTS[1]} Z` : "";
  const moving = steps.filter((s) => s.speed_m_s !== null);
  const speeds = moving.map((s) => /** @type {number} */ (s.speed_m_s));
  const top = speeds.length ? Math.max(...speeds) : 0;
  const v = scale(0, Math.max(top, 0.5), known.length > 1 ? SPEEDS : [HEIGHTS[0], SPEEDS[1]]);
  return {
    area,
    speed: moving.length > 1 ? `M${moving.map((s, n) => `${x(s.at_m)},${v(speeds[n])}`).join(" ")}` : "",
    heights: alts.length ? [low, high] : null,
    top,
  };
}

const scale = (/** @type {number} */ low, /** @type {number} */ high, /** @type {number[]} */ [upper, lower]) =>
  (/** @type {number} */ value) => (lower - ((value - low) / (high - low)) * (lower - upper)).toFixed(1);
