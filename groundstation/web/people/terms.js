// Teams, stations, mandates and means of transport: named in both languages, never deleted.

import { html, useState } from "../vendor/htm-preact.js";
import { put } from "../api.js";
import { Choice, Field, TextLine, YesNo } from "../forms/fields.js";
import { nameOf } from "../forms/model.js";
import { keyOf } from "../model/key_of.js";

const KINDS = ["team", "station", "mandate", "transport"];
const TYPES = ["GROUND", "WATER", "AIR"];

export function Terms({ words, me, terms, save }) {
  const { t } = words;
  const [open, setOpen] = useState("");
  const manages = me.may.has("manage");

  async function store(/** @type {any} */ term) {
    const taken = terms.value.filter((/** @type {any} */ other) => other.kind === term.kind).map((/** @type {any} */ other) => other.key);
    const key = term.key ?? keyOf(nameOf(term.names, "en"), taken);
    const names = Object.fromEntries(Object.entries(term.names).filter(([, name]) => name));
    const body = { names, patrol_type: term.patrol_type, active: term.active };
    if (await save(() => put(`terms/${term.kind}/${encodeURIComponent(key)}`, body), terms.again)) setOpen("");
  }

  return html`
    ${!manages && html`<p class="hint">${t("people_read_only")}</p>`}
    ${KINDS.map((kind) => {
      const fresh = { kind, key: null, names: {}, patrol_type: kind === "transport" ? "GROUND" : null, active: true };
      return html`<section key=${kind}>
        <h3>${t(`terms_${kind}`)}</h3>
        <ul class="seen columns">
          ${terms.value.filter((/** @type {any} */ term) => term.kind === kind).map((/** @type {any} */ term) => html`<li key=${term.key} class=${term.active ? "" : "gone"}>
            ${open === `${kind}/${term.key}`
              ? html`<${Editor} words=${words} term=${term} onSave=${store} onClose=${() => setOpen("")} />`
              : html`<button type="button" disabled=${!manages} onClick=${() => setOpen(`${kind}/${term.key}`)}>
                  <b>${nameOf(term.names, words.language)}</b>
                  <small>${[term.patrol_type && t(`terms_${term.patrol_type}`), !term.active && t("terms_inactive")].filter(Boolean).join(" · ")}</small>
                </button>`}
          </li>`)}
        </ul>
        ${manages && (open === kind
          ? html`<${Editor} words=${words} term=${fresh} onSave=${store} onClose=${() => setOpen("")} />`
          : html`<button type="button" onClick=${() => setOpen(kind)}>+ ${t("terms_add")}</button>`)}
      </section>`;
    })}`;
}

function Editor({ words, term, onSave, onClose }) {
  const { t } = words;
  const [values, setValues] = useState(term);
  const named = Object.values(values.names).some(Boolean);
  const name = (/** @type {string} */ language) => html`<${Field} words=${words} label=${t(`terms_${language}`)}>
    <${TextLine} label=${t(`terms_${language}`)} limit=${120} value=${values.names[language]}
      onChange=${(/** @type {any} */ text) => setValues({ ...values, names: { ...values.names, [language]: text } })} />
  <//>`;
  return html`<form class="form editor" onSubmit=${(/** @type {Event} */ event) => {
    event.preventDefault();
    if (named) onSave(values);
  }}>
    <div class="two">${name("ru")}${name("en")}
      ${values.kind === "transport" && html`<${Field} words=${words} label=${t("terms_type")}>
        <${Choice} mayBeAbsent=${false} options=${TYPES.map((key) => ({ key, text: t(`terms_${key}`) }))} value=${values.patrol_type}
          onChange=${(/** @type {string} */ patrol_type) => setValues({ ...values, patrol_type })} />
      <//>`}
      ${term.key !== null && html`<${Field} words=${words} label=${t("terms_active")}>
        <${YesNo} words=${words} value=${values.active} onChange=${(/** @type {any} */ v) => setValues({ ...values, active: v ?? values.active })} />
      <//>`}
    </div>
    <div class="choice">
      <button class="primary" disabled=${!named}>${t("people_save")}</button>
      <button type="button" onClick=${onClose}>${t("cancel")}</button>
    </div>
  </form>`;
}
