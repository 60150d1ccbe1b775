// Navigators: what is written on them, who has them, who had them.

import { html, useState } from "../vendor/htm-preact.js";
import { get, post } from "../api.js";
import { Field, Picker, TextLine } from "../forms/fields.js";
import { peopleItems } from "../forms/reference.js";
import { useAnswer } from "../hooks.js";

export function Units({ words, people, save }) {
  const { t } = words;
  const units = useAnswer(() => get("units"), []);
  const [open, setOpen] = useState("");
  if (!units.value) return html`<p class="none">${t(units.error ? "people_need_network" : "file_loading")}</p>`;
  if (units.value.length === 0) return html`<p class="none">${t("units_none")}</p>`;
  return html`<ul class="seen">
    ${units.value.map((/** @type {any} */ { unit, person }) => {
      const title = unit.label ?? unit.number ?? unit.model ?? unit.unit;
      const more = [unit.number, unit.model].filter((fact) => fact && fact !== title);
      return html`<li key=${unit.unit} class="unit">
        <button type="button" aria-expanded=${open === unit.unit} onClick=${() => setOpen(open === unit.unit ? "" : unit.unit)}>
          <b>${title}</b><small>${more.join(" · ")}</small>
          <span class=${person ? "" : "nobody"}>${person?.name ?? t("units_nobody")}</span>
        </button>
        ${open === unit.unit && html`<${Unit} words=${words} unit=${unit} person=${person} people=${people} save=${save} again=${units.again} />`}
      </li>`;
    })}
  </ul>`;
}

function Unit({ words, unit, person, people, save, again }) {
  const { t } = words;
  const path = `units/${encodeURIComponent(unit.unit)}`;
  const detail = useAnswer(() => get(path), [unit.unit]);
  const [label, setLabel] = useState(unit.label);
  const both = () => {
    again();
    detail.again();
  };
  const issue = (/** @type {number | null} */ to) => save(() => post(`${path}/issue`, { person: to }), both);
  return html`<div class="form editor">
    <div class="two">
      <${Field} words=${words} label=${t("units_held")}>
        <${Picker} words=${words} label=${t("units_held")} items=${peopleItems({ people: people.value }, [person?.person])} recent="people"
          value=${person?.person ?? null} absent=${t("units_nobody")} onChange=${issue} />
      <//>
      <${Field} words=${words} label=${t("units_label")}>
        <div class="stepper">
          <${TextLine} label=${t("units_label")} limit=${80} value=${label} onChange=${setLabel} />
          <button type="button" class="now" onClick=${() => save(() => post(`${path}/label`, { label }), both)}>${t("people_save")}</button>
        </div>
      <//>
    </div>
    ${person && html`<button type="button" onClick=${() => issue(null)}>${t("units_return")}</button>`}
    ${detail.value?.issues.length > 0 && html`<div><h4>${t("units_history")}</h4>
      <ul class="issues">${detail.value.issues.map((/** @type {any} */ one) => html`<li key=${one.issue}>
        ${one.name}: ${words.moment(new Date(one.from_utc))} – ${one.until_utc ? words.moment(new Date(one.until_utc)) : t("units_until_now")}
      </li>`)}</ul></div>`}
  </div>`;
}
