// Fields for a gloved finger: every target at least 56 px, no hover, no tiny pickers.

import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { dateOf, dayAfter, noonOf, parseTime, timeOf } from "./wall_clock.js";

/** A label above whatever is asked, and below it what is wrong. */
export function Field({ words, label, required = false, wrong = null, children }) {
  return html`<div class=${wrong ? "field wrong" : "field"} role="group" aria-label=${label}>
    <div class="label">${label}${required && html`<span class="must">${words.t("file_must")}</span>`}</div>
    ${children}
    ${wrong && html`<div class="complaint" role="alert">${words.t(wrong)}</div>`}
  </div>`;
}

/** A few alternatives side by side; a second tap on the chosen one takes it back where it may be absent. */
export function Choice({ options, value, onChange, mayBeAbsent = true }) {
  return html`<div class="choice">
    ${options.map(
      (/** @type {{ key: any, text: string }} */ { key, text }) =>
        html`<button type="button" aria-pressed=${value === key}
          onClick=${() => onChange(value === key && mayBeAbsent ? null : key)}>${text}</button>`,
    )}
  </div>`;
}

/** Several at once. */
export function ManyChoice({ options, value, onChange }) {
  const chosen = value ?? [];
  const toggle = (/** @type {string} */ key) =>
    onChange(chosen.includes(key) ? chosen.filter((/** @type {string} */ k) => k !== key) : [...chosen, key]);
  return html`<div class="choice">
    ${options.map(
      (/** @type {{ key: string, text: string }} */ { key, text }) =>
        html`<button type="button" aria-pressed=${chosen.includes(key)} onClick=${() => toggle(key)}>${text}</button>`,
    )}
  </div>`;
}

export const YesNo = ({ words, value, onChange }) =>
  html`<${Choice} value=${value ?? null} onChange=${onChange}
    options=${[{ key: true, text: words.t("file_yes") }, { key: false, text: words.t("file_no") }]} />`;

/** A number with − and +; typing is there for the desk, with a comma or a point. */
export function Stepper({ label, value, onChange, minimum = null, maximum = null, step = 1 }) {
  const [typed, setTyped] = useState(/** @type {string | null} */ (null));
  const bounded = (/** @type {number} */ n) => Math.min(maximum ?? Infinity, Math.max(minimum ?? -Infinity, n));
  function move(/** @type {number} */ by) {
    setTyped(null);
    const from = value ?? (by > 0 ? Math.max(0, (minimum ?? 0) - by) : Math.max(0, minimum ?? 0));
    onChange(bounded(Math.round((from + by) * 1000) / 1000));
  }
  function type(/** @type {string} */ text) {
    setTyped(text);
    const number = Number(text.replace(",", "."));
    if (text.trim() === "") onChange(null);
    else if (Number.isFinite(number)) onChange(number);
  }
  return html`<div class="stepper">
    <button type="button" aria-label=${`${label} −`} onClick=${() => move(-step)}>−</button>
    <input inputmode="decimal" aria-label=${label} value=${typed ?? value ?? ""} maxlength="20"
      onInput=${(/** @type {any} */ event) => type(event.target.value)} onBlur=${() => setTyped(null)} />
    <button type="button" aria-label=${`${label} +`} onClick=${() => move(step)}>+</button>
  </div>`;
}

export function TextLine({ label, value, onChange, long = false, limit = 10_000 }) {
  const onInput = (/** @type {any} */ event) => onChange(event.target.value || null);
  return long
    ? html`<textarea rows="3" aria-label=${label} maxlength=${limit} value=${value ?? ""} onInput=${onInput}></textarea>`
    : html`<input aria-label=${label} maxlength=${limit} value=${value ?? ""} onInput=${onInput} />`;
}

/** A list too long for buttons: opens over the whole screen, with search, the recent ones first. */
export function Picker({ words, label, items, value, onChange, recent = null, many = false, says = null }) {
  const [open, setOpen] = useState(false);
  const chosen = many ? value ?? [] : value === null || value === undefined ? [] : [value];
  const texts = chosen.map((/** @type {any} */ key) => items.find((/** @type {any} */ i) => i.key === key)?.text ?? String(key));

  function pick(/** @type {any} */ key) {
    if (recent) remember(recent, key);
    if (!many) {
      setOpen(false);
      onChange(key);
      return;
    }
    onChange(chosen.includes(key) ? chosen.filter((/** @type {any} */ k) => k !== key) : [...chosen, key]);
  }

  return html`<button type="button" class="picker" aria-haspopup="dialog" onClick=${() => setOpen(true)}>
      <span>${says ?? (texts.join(", ") || words.t("file_choose"))}</span><i aria-hidden="true">›</i>
    </button>
    ${open && html`<${Overlay} words=${words} title=${label} onClose=${() => setOpen(false)}
      done=${many ? words.t("file_done") : null}>
      <${SearchList} words=${words} items=${ordered(items, recent)} chosen=${chosen} onPick=${pick}
        onNone=${!many && chosen.length ? () => pick(null) : null} />
    <//>`}`;
}

export function SearchList({ words, items, chosen, onPick, onNone = null }) {
  const [sought, setSought] = useState("");
  const wanted = folded(sought).split(" ").filter(Boolean);
  const shown = items.filter((/** @type {any} */ item) => wanted.every((part) => folded(item.text + " " + (item.more ?? "")).includes(part)));
  return html`
    ${items.length > 8 && html`<input class="search" type="search" placeholder=${words.t("file_search")}
      aria-label=${words.t("file_search")} value=${sought}
      onInput=${(/** @type {any} */ event) => setSought(event.target.value)} />`}
    <ul class="options">
      ${onNone && html`<li><button type="button" onClick=${onNone}>${words.t("file_none")}</button></li>`}
      ${shown.map(
        (/** @type {any} */ item) => html`<li key=${item.key}>
          <button type="button" data-depth=${item.depth ?? 0} aria-pressed=${chosen.includes(item.key)} onClick=${() => onPick(item.key)}>
            <span>${item.text}</span>${item.more && html`<small>${item.more}</small>`}
          </button>
        </li>`,
      )}
      ${shown.length === 0 && html`<li class="none">${words.t("file_not_found")}</li>`}
    </ul>`;
}

/** Over the whole screen; Escape and the arrow lead back. */
export function Overlay({ words, title, onClose, done = null, children }) {
  const place = useRef(/** @type {any} */ (null));
  useEffect(() => place.current?.showModal(), []);
  return html`<dialog class="overlay" ref=${place} onCancel=${onClose} aria-label=${title}>
    <header>
      <button type="button" class="back" aria-label=${words.t("file_back")} onClick=${onClose}>‹</button>
      <h2>${title}</h2>
      ${done && html`<button type="button" class="primary" onClick=${onClose}>${done}</button>`}
    </header>
    <div class="body">${children}</div>
  </dialog>`;
}

/** A day: one tap for the neighbours, a month of large squares for the rest. */
export function DayField({ words, label, value, onChange, min = null, max = null }) {
  const [open, setOpen] = useState(false);
  const today = dateOf(new Date());
  const date = value ?? today;
  const near = date === today ? words.t("file_today") : date === dayAfter(today, -1) ? words.t("file_yesterday") : null;
  const allowed = (/** @type {string} */ d) => (!min || d >= min) && (!max || d <= max);
  const move = (/** @type {number} */ by) => allowed(dayAfter(date, by)) && onChange(dayAfter(date, by));
  return html`<div class="stepper day">
      <button type="button" aria-label=${`${label} −`} disabled=${!allowed(dayAfter(date, -1))} onClick=${() => move(-1)}>‹</button>
      <button type="button" class="middle" aria-label=${label} onClick=${() => setOpen(true)}>
        ${value ? dayText(words, value) : words.t("file_no_day")}${value && near && html`<small>${near}</small>`}
      </button>
      <button type="button" aria-label=${`${label} +`} disabled=${!allowed(dayAfter(date, 1))} onClick=${() => move(1)}>›</button>
    </div>
    ${open && html`<${Overlay} words=${words} title=${label} onClose=${() => setOpen(false)}>
      <${Month} words=${words} value=${date} allowed=${allowed} onPick=${(/** @type {string} */ d) => {
        setOpen(false);
        onChange(d);
      }} />
    <//>`}`;
}

function Month({ words, value, allowed, onPick }) {
  const [month, setMonth] = useState(value.slice(0, 7));
  const first = `${month}-01`;
  const lead = (noonOf(first).getDay() + 6) % 7; // weeks begin on Monday
  const days = Array.from({ length: 31 }, (_, at) => dayAfter(first, at)).filter((d) => d.startsWith(month));
  const turn = (/** @type {number} */ by) => {
    const at = noonOf(first);
    at.setMonth(at.getMonth() + by);
    setMonth(dateOf(at).slice(0, 7));
  };
  const weekdays = Array.from({ length: 7 }, (_, at) => noonOf(dayAfter("2024-01-01", at))
    .toLocaleDateString(localeOf(words), { weekday: "short" })); // a Monday
  return html`<div class="month">
    <div class="stepper">
      <button type="button" aria-label="−" onClick=${() => turn(-1)}>‹</button>
      <div class="middle">${noonOf(first).toLocaleDateString(localeOf(words), { month: "long", year: "numeric" })}</div>
      <button type="button" aria-label="+" onClick=${() => turn(1)}>›</button>
    </div>
    <div class="days">
      ${weekdays.map((name) => html`<span>${name}</span>`)}
      ${Array.from({ length: lead }, () => html`<span></span>`)}
      ${days.map((d) => html`<button type="button" aria-pressed=${d === value} disabled=${!allowed(d)}
        onClick=${() => onPick(d)}>${Number(d.slice(8))}</button>`)}
    </div>
  </div>`;
}

/** How days are written: the day before the month. */
const localeOf = (/** @type {any} */ words) => (words.language === "en" ? "en-GB" : words.language);

export const dayText = (/** @type {any} */ words, /** @type {string} */ date) =>
  noonOf(date).toLocaleDateString(localeOf(words), { weekday: "short", day: "numeric", month: "short", year: "numeric" });

/** A time of day: five minutes a tap, "now", or typed as 1435. */
export function TimeField({ words, label, value, onChange }) {
  const [typed, setTyped] = useState(/** @type {string | null} */ (null));
  function move(/** @type {number} */ minutes) {
    setTyped(null);
    const at = new Date(`2024-01-01T${value ?? timeOf(new Date())}`);
    at.setMinutes(5 * Math.round(at.getMinutes() / 5) + minutes);
    onChange(timeOf(at));
  }
  function type(/** @type {string} */ text) {
    setTyped(text);
    if (!text.trim()) onChange(null);
    else if (parseTime(text)) onChange(parseTime(text));
  }
  return html`<div class="stepper">
    <button type="button" aria-label=${`${label} −`} onClick=${() => move(-5)}>−</button>
    <input inputmode="numeric" aria-label=${label} placeholder=${words.t("file_time_hint")} maxlength="8"
      value=${typed ?? value?.slice(0, 5) ?? ""} onInput=${(/** @type {any} */ event) => type(event.target.value)}
      onBlur=${() => setTyped(null)} />
    <button type="button" aria-label=${`${label} +`} onClick=${() => move(5)}>+</button>
    <button type="button" class="now" onClick=${() => { setTyped(null); onChange(timeOf(new Date())); }}>${words.t("file_now")}</button>
  </div>`;
}

const RECENT = 8;
const recentKey = (/** @type {string} */ list) => `recent:${list}`;

/** Keys chosen last, the newest first. */
export const recents = (/** @type {string} */ list) => /** @type {any[]} */ (JSON.parse(localStorage.getItem(recentKey(list)) ?? "[]"));

/** The next time this list opens, this one stands at its head. */
export function remember(/** @type {string} */ list, /** @type {any} */ key) {
  if (key === null) return;
  const kept = [key, ...recents(list).filter((k) => k !== key)].slice(0, RECENT);
  localStorage.setItem(recentKey(list), JSON.stringify(kept));
}

export function ordered(/** @type {any[]} */ items, /** @type {string | null} */ list) {
  if (!list) return items;
  const first = recents(list);
  const rank = (/** @type {any} */ item) => (first.includes(item.key) ? first.indexOf(item.key) : RECENT);
  return [...items].sort((a, b) => rank(a) - rank(b));
}

const folded = (/** @type {string} */ text) => text.toLowerCase().replaceAll("ё", "е");
