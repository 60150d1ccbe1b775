// People: name, employee number, team. Nobody is deleted; who has left is not offered any more.

import { html, useState } from "../vendor/htm-preact.js";
import { post } from "../api.js";
import { Field, Picker, TextLine, YesNo } from "../forms/fields.js";
import { termItems } from "../forms/reference.js";

const NEW = { person: null, name: "", employee_id: null, given_name: null, family_name: null, team: null, active: true };

export function People({ words, me, people, terms, save }) {
  const { t } = words;
  const [open, setOpen] = useState(/** @type {number | "new" | null} */ (null));
  const [sought, setSought] = useState("");
  const [gone, setGone] = useState(false);
  const manages = me.may.has("manage");
  const teams = termItems({ terms: terms.value }, "team", words.language);
  const teamOf = (/** @type {string | null} */ key) => teams.find((team) => team.key === key)?.text ?? key;
  const shown = people.value.filter(
    (/** @type {any} */ p) => (gone || p.active) && `${p.name} ${p.employee_id ?? ""} ${teamOf(p.team) ?? ""}`.toLowerCase().includes(sought.toLowerCase()),
  );

  const store = async (/** @type {any} */ person) => {
    const { person: number, ...body } = person;
    const path = number === null ? "people" : `people/${number}`;
    if (await save(() => post(path, body), people.again)) setOpen(null);
  };

  return html`
    ${manages
      ? html`<button type="button" class="wide-button" onClick=${() => setOpen("new")}>+ ${t("people_add")}</button>`
      : html`<p class="hint">${t("people_read_only")}</p>`}
    ${open === "new" && html`<${Editor} words=${words} teams=${teams} person=${NEW} onSave=${store} onClose=${() => setOpen(null)} />`}
    ${people.value.length > 8 && html`<input type="search" placeholder=${t("file_search")} aria-label=${t("file_search")} value=${sought}
      onInput=${(/** @type {any} */ event) => setSought(event.target.value)} />`}
    ${shown.length === 0 && html`<p class="none">${t(people.value.length ? "file_not_found" : "people_none")}</p>`}
    <ul class="seen">
      ${shown.map((/** @type {any} */ p) => html`<li key=${p.person} class=${p.active ? "" : "gone"}>
        ${open === p.person
          ? html`<${Editor} words=${words} teams=${teams} person=${p} onSave=${store} onClose=${() => setOpen(null)} />`
          : html`<button type="button" disabled=${!manages} onClick=${() => setOpen(p.person)}>
              <b>${p.name}</b>
              <small>${[p.employee_id && `№ ${p.employee_id}`, teamOf(p.team), !p.active && t("people_gone")].filter(Boolean).join(" · ")}</small>
            </button>`}
      </li>`)}
    </ul>
    ${people.value.some((/** @type {any} */ p) => !p.active) && html`<button type="button" aria-pressed=${gone} onClick=${() => setGone(!gone)}>${t("people_show_gone")}</button>`}`;
}

function Editor({ words, teams, person, onSave, onClose }) {
  const { t } = words;
  const [values, setValues] = useState(person);
  const set = (/** @type {string} */ key) => (/** @type {any} */ value) => setValues({ ...values, [key]: value });
  const line = (/** @type {string} */ key, /** @type {string} */ label, /** @type {boolean} */ required = false) => html`<${Field} words=${words} label=${t(label)} required=${required}>
    <${TextLine} label=${t(label)} limit=${80} value=${values[key]} onChange=${set(key)} />
  <//>`;
  function submit(/** @type {Event} */ event) {
    event.preventDefault();
    if (values.name?.trim()) onSave({ ...values, name: values.name.trim() });
  }
  return html`<form class="form editor" onSubmit=${submit}>
    <div class="two">
      ${line("name", "people_name", true)}${line("employee_id", "people_employee")}
      ${line("family_name", "people_family")}${line("given_name", "people_given")}
      <${Field} words=${words} label=${t("people_team")}>
        <${Picker} words=${words} label=${t("people_team")} items=${teams} value=${values.team} onChange=${set("team")} />
      <//>
      ${person.person !== null && html`<${Field} words=${words} label=${t("people_active")}>
        <${YesNo} words=${words} value=${values.active} onChange=${(/** @type {any} */ v) => set("active")(v ?? values.active)} />
      <//>`}
    </div>
    <div class="choice">
      <button class="primary" disabled=${!values.name?.trim()}>${t("people_save")}</button>
      <button type="button" onClick=${onClose}>${t("cancel")}</button>
    </div>
  </form>`;
}
