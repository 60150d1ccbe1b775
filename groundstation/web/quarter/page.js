// The quarter: the report of the meeting on the page, every number a link to what stands behind it.

import { html, useMemo } from "../vendor/htm-preact.js";
import { Refused, getText, query, urlOf } from "../api.js";
import { useAnswer } from "../hooks.js";
import { quarter } from "../raids/filters.js";
import { Sign } from "../signs.js";
import { TABLE } from "./strings.js";

export { TABLE };

export function Page({ words, station, go, params }) {
  const { t, language } = words;
  const today = useMemo(() => new Date(Date.now() + station.records.clockAhead_ms), []);
  const { from, to } = { ...quarter(today), ...params.query };
  const asked = { from, to, lang: language };
  const { value: made, error, again } = useAnswer(
    () => getText(`reports/quarterly${query({ ...asked, form: "part" })}`).then((text) => ({ text, from, to, language })),
    [from, to, language],
  );
  const show = (/** @type {{ from: string, to: string }} */ span) => go(`quarter${query(span)}`, { replace: true });
  const shift = (/** @type {number} */ back) => show(quarter(new Date(`${from}T12:00:00`), back));
  const pressed = (/** @type {number} */ back) => quarter(today, back).from === from && quarter(today, back).to === to;
  const ready = made && made.from === from && made.to === to && made.language === language;
  return html`<div class="quarter">
    <div class="toolbar" role="toolbar">
      <button class="icon" aria-label=${t("quarter_earlier")} onClick=${() => shift(1)}><${Sign} name="back" /></button>
      <button aria-pressed=${pressed(0)} onClick=${() => show(quarter(today))}>${t("quarter_this")}</button>
      <button aria-pressed=${pressed(1)} onClick=${() => show(quarter(today, 1))}>${t("quarter_last")}</button>
      <button class="icon later" aria-label=${t("quarter_later")} onClick=${() => shift(-1)}><${Sign} name="back" /></button>
      <label><span>${t("quarter_from")}</span><input type="date" value=${from} max=${to} onChange=${(/** @type {any} */ e) => e.target.value && show({ from: e.target.value, to })} /></label>
      <label><span>${t("quarter_to")}</span><input type="date" value=${to} min=${from} onChange=${(/** @type {any} */ e) => e.target.value && show({ from, to: e.target.value })} /></label>
      <span class="gap"></span>
      <a class="button" target="_blank" href=${urlOf(`reports/donor${query({ ...asked, form: "pdf" })}`)}>${t("quarter_donor")}</a>
      <a class="button primary" target="_blank" href=${urlOf(`reports/quarterly${query({ ...asked, form: "pdf" })}`)}><${Sign} name="print" /><span>${t("quarter_print")}</span></a>
    </div>
    ${error
      ? html`<p class="trouble" role="alert">${t("quarter_failed", { why: error instanceof Refused ? error.detail : t("offline") })}
          <button onClick=${again}>${t("quarter_again")}</button></p>`
      : !ready && html`<p class="empty" role="status">${t("quarter_making")}</p>`}
    ${ready && !error && html`<${Sheet} text=${made.text} />`}
  </div>`;
}

/** The station's own, already escaped; never anybody's input. */
const Sheet = ({ text }) => html`<div class="sheet-of-paper" dangerouslySetInnerHTML=${{ __html: text }}></div>`;
