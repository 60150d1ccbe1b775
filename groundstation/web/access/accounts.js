// Who may sign in and as what, and the machines that have keys.

import { html, useState } from "../vendor/htm-preact.js";
import { Refused, get, post } from "../api.js";
import { termItems, useReference } from "../forms/reference.js";
import { useAnswer } from "../hooks.js";
import { Keys } from "./keys.js";
import { Once } from "./once.js";
import { Field } from "./sign_in.js";
import { TABLE } from "./strings.js";

export { TABLE };

const ROLES = ["administrator", "head_of_security", "analyst", "group_leader", "inspector", "uav_operator", "guest"];
const NEW = { account: null, login: "", name: "", role: "inspector", person: null, team: null, language: "ru", active: true };

export function Page({ words, me, tell }) {
  const { t } = words;
  const { reference } = useReference(me);
  const { value: accounts, error, again } = useAnswer(() => get("accounts"), []);
  const [open, setOpen] = useState(/** @type {number | "new" | null} */ (null));
  const [code, setCode] = useState(/** @type {{ whose: string, code: string, expires_utc: string | null } | null} */ (null));
  const done = (/** @type {any} */ given) => {
    setOpen(null);
    if (given) setCode(given);
    again();
  };
  const edit = (/** @type {any} */ account) => html`<${Edit} words=${words} reference=${reference} account=${account} tell=${tell} onDone=${done} onCancel=${() => setOpen(null)} />`;
  return html`<div class="access">
    <div class="headline"><h1>${t("accounts")}</h1>
      <button class="primary" onClick=${() => setOpen("new")}>${t("account_new")}</button></div>
    ${code && html`<${Once} words=${words} title=${t("code_for", { name: code.whose })} secret=${code.code}
      link=${`${location.origin}${location.pathname}#/code/${code.code}`}
      until=${code.expires_utc} hint=${t("code_hint")} onClose=${() => setCode(null)} />`}
    ${open === "new" && edit(NEW)}
    ${error && !accounts ? html`<p class="trouble" role="alert">${error instanceof Refused ? error.detail : t("offline")}</p>` : null}
    <ul class="rows">
      ${accounts?.map(
        (/** @type {any} */ a) => html`<li key=${a.account} class=${a.active ? "" : "off"}>
          ${open === a.account
            ? edit(a)
            : html`<button class="row" onClick=${() => setOpen(a.account)}>
                <b>${a.name}</b>
                <span>${a.login}</span>
                <span>${t(`role_${a.role}`)}</span>
                <span>${[
                  termItems(reference ?? { terms: [] }, "team", words.language, a.team).find((/** @type {any} */ x) => x.key === a.team)?.text ?? a.team,
                  !a.active && t("account_off"),
                  a.active && !a.has_password && t("no_password_yet"),
                ].filter(Boolean).join(" · ")}</span>
              </button>`}
        </li>`,
      )}
    </ul>
    <${Keys} words=${words} tell=${tell} />
  </div>`;
}

function Edit({ words, reference, account, tell, onDone, onCancel }) {
  const { t, language } = words;
  const [values, setValues] = useState(account);
  const [busy, setBusy] = useState(false);
  const fresh = account.account === null;
  const set = (/** @type {string} */ name) => (/** @type {any} */ event) => {
    const { value } = event.target; // the event is over when the state is made
    setValues((/** @type {any} */ others) => ({ ...others, [name]: value === "" && name !== "name" && name !== "login" ? null : value }));
  };

  /** @param {() => Promise<any>} work */
  async function attempt(work) {
    setBusy(true);
    try {
      onDone(await work());
    } catch (error) {
      tell(t("save_failed", { why: error instanceof Refused ? error.detail : t("offline") }));
      setBusy(false);
    }
  }

  const { login, name, role, team, language: spoken, active } = values;
  const person = values.person === null ? null : Number(values.person);
  const save = () =>
    attempt(async () => {
      if (!fresh) return void (await post(`accounts/${account.account}`, { name, role, person, team, active }));
      const made = await post("accounts", { login, name, role, person, team, language: spoken });
      return { whose: made.account.name, ...made };
    });
  const renew = () => attempt(async () => ({ whose: name, ...(await post(`accounts/${account.account}/code`)) }));

  return html`<form class="edit" onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), save())}>
    ${fresh && html`<${Field} label=${t("login")} value=${login} onInput=${set("login")} autocomplete="off" first />`}
    <${Field} label=${t("full_name")} value=${name} onInput=${set("name")} autocomplete="off" first=${!fresh} />
    <label class="field"><span>${t("role")}</span>
      <select value=${role} onChange=${set("role")}>${ROLES.map((r) => html`<option value=${r} selected=${r === role}>${t(`role_${r}`)}</option>`)}</select></label>
    <label class="field"><span>${t("account_person")}</span>
      <select value=${values.person ?? ""} onChange=${set("person")}><option value="">${t("none_of_them")}</option>
        ${(reference?.people ?? []).map((/** @type {any} */ p) => html`<option value=${p.person} selected=${p.person === person}>${p.name}</option>`)}</select></label>
    <label class="field"><span>${t("account_team")}</span>
      <select value=${team ?? ""} onChange=${set("team")}><option value="">${t("no_team")}</option>
        ${reference && termItems(reference, "team", language, team).map((/** @type {any} */ x) => html`<option value=${x.key} selected=${x.key === team}>${x.text}</option>`)}</select></label>
    ${fresh &&
    html`<label class="field"><span>${t("account_language")}</span>
      <select value=${spoken} onChange=${set("language")}><option value="ru">Русский</option><option value="en">English</option></select></label>`}
    <p class="hint">${t(`role_hint_${role}`)}</p>
    <div class="actions">
      <button class="primary" disabled=${busy || !name.trim() || (fresh && !login.trim())}>${t("save")}</button>
      ${!fresh && active && html`<button type="button" disabled=${busy} onClick=${renew}>${t("code_new")}</button>`}
      ${!fresh && html`<button type="button" disabled=${busy} onClick=${() => attempt(() => post(`accounts/${account.account}`, { ...pick(account), active: !active }).then(() => {}))}>
        ${t(active ? "account_switch_off" : "account_switch_on")}</button>`}
      <button type="button" onClick=${onCancel}>${t("cancel")}</button>
    </div>
  </form>`;
}

const pick = (/** @type {any} */ { name, role, person, team }) => ({ name, role, person, team });
