// One's own account: who one is here, another password, another language.

import { html, useState } from "../vendor/htm-preact.js";
import { Refused, post } from "../api.js";
import { Secret, useValues } from "./sign_in.js";
import { TABLE } from "./strings.js";

export { TABLE };

const EMPTY = { old: "", new: "" };

export function Page({ words, me, tell }) {
  const { t } = words;
  const [values, set, setValues] = useValues(EMPTY);
  const [refused, setRefused] = useState("");
  const [busy, setBusy] = useState(false);

  async function submit(/** @type {Event} */ event) {
    event.preventDefault();
    setBusy(true);
    setRefused("");
    try {
      await post("me/password", values);
      setValues(EMPTY);
      tell(t("password_changed"));
    } catch (error) {
      setRefused(error instanceof Refused ? error.detail : t("offline"));
    } finally {
      setBusy(false);
    }
  }

  return html`<div class="access narrow">
    <h1>${me.name}</h1>
    <dl class="told">
      <dt>${t("login")}</dt><dd>${me.login}</dd>
      <dt>${t("role")}</dt><dd>${t(`role_${me.role}`)}</dd>
      <dt>${t("scope")}</dt><dd>${t(`scope_${me.scope}`)}</dd>
    </dl>
    <h2>${t("change_password")}</h2>
    <form onSubmit=${submit}>
      <input type="text" autocomplete="username" value=${me.login} hidden readonly />
      <${Secret} words=${words} label=${t("old_password")} value=${values.old} onInput=${set("old")} autocomplete="current-password" />
      <${Secret} words=${words} label=${t("new_password")} value=${values.new} onInput=${set("new")} autocomplete="new-password" />
      <p class="hint">${t("password_hint")} ${t("password_ends_others")}</p>
      <p class="refused" role="alert">${refused}</p>
      <button class="primary" disabled=${busy || !values.old || !values.new}>${t("change_password")}</button>
    </form>
  </div>`;
}
