// The raid once more, as fast as one likes: a slider over its time, without the nights.

import { html, useEffect, useMemo, useRef, useState } from "../vendor/htm-preact.js";
import { Sign } from "../signs.js";
import { timelineOf } from "./way.js";

const NIGHT_MS = 3 * 3600_000; // a longer rest has a longer mark
const SPEEDS = [1, 10, 60, 300, 600];

/** @param {{ words: any, navigators: import("./way.js").Navigator[], onTime: (time_ms: number | null) => void }} props */
export function Replay({ words, navigators, onTime }) {
  const { t } = words;
  const timeline = useMemo(() => timelineOf(navigators), [navigators]);
  const [played, setPlayed] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState(300);
  const at = useRef(0);
  const { total_ms } = timeline;

  function show(/** @type {number} */ next) {
    at.current = next;
    setPlayed(next);
    onTime(timeline.timeAt(next));
  }

  useEffect(() => {
    if (!playing) return;
    let frame = 0;
    let last = performance.now();
    const step = (/** @type {number} */ now) => {
      const next = Math.min(total_ms, at.current + (now - last) * speed);
      last = now;
      show(next);
      if (next >= total_ms) setPlaying(false);
      else frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [playing, speed]);

  if (!total_ms) return null;
  function toggle() {
    if (!playing && at.current >= total_ms) show(0);
    setPlaying(!playing);
  }
  const time = new Date(timeline.timeAt(played)).toISOString();
  return html`<div class="replay" role="group" aria-label=${t("replay")}>
    <button class="icon" aria-label=${t(playing ? "replay_pause" : "replay_play")} onClick=${toggle}>
      <${Sign} name=${playing ? "pause" : "play"} />
    </button>
    <div class="slide">
      <input type="range" min="0" max=${total_ms} step="1000" value=${played} aria-label=${t("replay_time")}
        aria-valuetext=${words.local(time, navigators[0].utc_offset_s)}
        onInput=${(/** @type {any} */ event) => show(Number(event.target.value))} />
      <div class="days" aria-hidden="true">
        ${timeline.spans.slice(1).map((span, n) => html`<i class=${span.from - timeline.spans[n].until > NIGHT_MS ? "night" : ""} style=${{ left: `${(span.before_ms / total_ms) * 100}%` }}></i>`)}
      </div>
    </div>
    <output>${words.local(time, navigators[0].utc_offset_s)}</output>
    <select aria-label=${t("replay_speed")} value=${speed} onChange=${(/** @type {any} */ event) => setSpeed(Number(event.target.value))}>
      ${SPEEDS.map((n) => html`<option value=${n}>${n}×</option>`)}
    </select>
  </div>`;
}
