// What a list is narrowed to. It stands in the address: a link is the list, and Back brings it back.

import { html, useEffect, useState } from "../vendor/htm-preact.js";
import { nameOf } from "../forms/model.js";

const TYPING_MS = 300;

const iso = (/** @type {number} */ year, /** @type {number} */ month, /** @type {number} */ day) =>
  new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10);

/** First and last day of a quarter, `back` quarters ago. */
export function quarter(/** @type {Date} */ today, back = 0) {
  const nth = today.getFullYear() * 4 + Math.floor(today.getMonth() / 3) - back;
  const [year, month] = [Math.floor(nth / 4), (nth % 4) * 3];
  return { from: iso(year, month, 1), to: iso(year, month + 3, 0) };
}

const year = (/** @type {Date} */ today) => ({ from: iso(today.getFullYear(), 0, 1), to: iso(today.getFullYear(), 11, 31) });

/** @type {Record<string, (today: Date) => { from: string, to: string }>} */
const SPANS = {
  span_all: () => ({ from: "", to: "" }),
  span_quarter: (today) => quarter(today),
  span_last_quarter: (today) => quarter(today, 1),
  span_year: year,
};

/**
 * @param {{ words: any, filter: Record<string, string>, now: Date, search: any,
 *   onFilter: (filter: Record<string, string>) => void, children: any }} props
 *   `children`: the choices of this list
 */
export function Filters({ words, filter, now, search, onFilter, children }) {
  const { t } = words;
  const [open, setOpen] = useState(false);
  const [text, setText] = useState(filter.text ?? "");
  const change = (/** @type {Record<string, string>} */ some) => onFilter({ ...filter, ...some });
  useEffect(() => setText(filter.text ?? ""), [filter.text]);
  useEffect(() => {
    if (text === (filter.text ?? "")) return;
    const timer = setTimeout(() => change({ text }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const { from = "", to = "" } = filter;
  const span = Object.keys(SPANS).find((name) => {
    const days = SPANS[name](now);
    return days.from === from && days.to === to;
  });
  const used = Object.entries(filter).filter(([name, value]) => value && name !== "text").length;
  return html`<form class=${open ? "filters open" : "filters"} role="search" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <input ref=${search} class="text" type="search" value=${text} placeholder=${t("find_hint")} aria-label=${t("find")} maxlength="200"
      onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
    <button type="button" class="toggle" aria-expanded=${open} onClick=${() => setOpen(!open)}>
      ${used ? t("filters_n", { n: used }) : t("filters")}
    </button>
    <div class="choices">
      <div class="spans" role="group">
        ${Object.keys(SPANS).map(
          (name) => html`<button type="button" aria-pressed=${name === span} onClick=${() => change(SPANS[name](now))}>${t(name)}</button>`,
        )}
      </div>
      <label><span>${t("from")}</span><input type="date" value=${from} max=${to || null} onChange=${(/** @type {any} */ e) => change({ from: e.target.value })} /></label>
      <label><span>${t("to")}</span><input type="date" value=${to} min=${from || null} onChange=${(/** @type {any} */ e) => change({ to: e.target.value })} /></label>
      ${children}
      <label class="tick"><input type="checkbox" checked=${Boolean(filter.withdrawn)} onChange=${(/** @type {any} */ e) => change({ withdrawn: e.target.checked ? "true" : "" })} />
        <span>${t("withdrawn_too")}</span></label>
      ${used > 0 && html`<button type="button" onClick=${() => onFilter({})}>${t("filters_clear")}</button>`}
    </div>
  </form>`;
}

/** @param {{ label: string, value: string | undefined, items: [string, string][], onChange: (value: string) => void }} props */
export const Choice = ({ label, value, items, onChange }) => html`<select aria-label=${label} value=${value ?? ""} class=${value ? "used" : ""}
  onChange=${(/** @type {any} */ event) => onChange(event.target.value)}>
  <option value="">${label}</option>
  ${items.map(([key, name]) => html`<option value=${key} selected=${key === value}>${name}</option>`)}
</select>`;

/** Terms of a kind, for a Choice. @returns {[string, string][]} */
export const terms = (/** @type {any} */ reference, /** @type {string} */ kind, /** @type {string} */ language) =>
  (reference?.terms ?? [])
    .filter((/** @type {any} */ term) => term.kind === kind)
    .map((/** @type {any} */ term) => [term.key, nameOf(term.names, language)]);
