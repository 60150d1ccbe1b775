// The door: login and password, a one-time code, the first administrator; or, over a page whose
// session ended, the same once more, while the page waits behind it as it was.

import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { Refused, post } from "../api.js";
import { HalfDisc } from "../signs.js";
import { TABLE } from "./strings.js";

/**
 * @param {{ words: any, settings: any, looks: any, setup: boolean, code: string | null,
 *   over: import("../session.js").Me | null, onEnter: (me: any) => void }} props
 *   `setup`: there is no administrator yet; `code`: the one of the link; `over`: whose session ended
 */
export function SignIn({ words, settings, looks, setup, code, over, onEnter }) {
  const { t } = (words = words.with(TABLE));
  const [byCode, setByCode] = useState(setup || code !== null);
  const [refused, setRefused] = useState("");
  const [busy, setBusy] = useState(false);

  /** @param {string} path @param {object} body */
  async function knock(path, body) {
    setBusy(true);
    setRefused("");
    try {
      onEnter(await post(path, body, { quiet: true }));
    } catch (error) {
      if (error instanceof Refused && error.code === "code_needs") throw error;
      setRefused(error instanceof Refused ? error.detail : t("offline"));
    } finally {
      setBusy(false);
    }
  }

  const form = byCode
    ? html`<${WithCode} words=${words} setup=${setup} given=${code} busy=${busy} knock=${knock} onOther=${() => setByCode(false)} />`
    : html`<${WithPassword} words=${words} login=${over?.login ?? ""} busy=${busy} knock=${knock} onCode=${() => setByCode(true)} />`;
  return html`<div class=${over ? "door over" : "door"} role=${over ? "dialog" : "main"} aria-modal=${over ? "true" : null} aria-label=${t("sign_in")}>
    <div class="card-door">
      <img src="bird.svg" alt="" />
      <h1>${t(setup ? "setup_title" : "title")}</h1>
      <p class="station">${settings.name}</p>
      ${over && html`<p class="lost">${t("session_ended")}</p>`}
      ${setup && html`<p class="lost">${t("setup_hint")}</p>`}
      ${form}
      <p class="refused" role="alert">${refused}</p>
      <div class="looks">
        <button class="icon" title=${t("theme")} aria-label=${t("theme")} onClick=${looks.onTheme}><${HalfDisc} /></button>
        <button onClick=${looks.onLanguage}>${t("language")}</button>
      </div>
    </div>
  </div>`;
}

function WithPassword({ words, login, busy, knock, onCode }) {
  const { t } = words;
  const [values, set] = useValues({ login, password: "" });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    void knock("session", values);
  };
  return html`<form onSubmit=${submit}>
    <${Field} label=${t("login")} value=${values.login} onInput=${set("login")} autocomplete="username" first=${!login} />
    <${Secret} words=${words} label=${t("password")} value=${values.password} onInput=${set("password")}
      autocomplete="current-password" first=${Boolean(login)} />
    <button class="primary" disabled=${busy || !values.login.trim() || !values.password}>${t("sign_in")}</button>
    <details>
      <summary>${t("forgotten")}</summary>
      <p>${t("forgotten_hint")}</p>
      <code>kedrovka-ground user code ${values.login.trim() || t("login_word")}</code>
    </details>
    <button type="button" onClick=${onCode}>${t("have_code")}</button>
  </form>`;
}

/** What a code is for only the station knows: it asks for what it needs. */
function WithCode({ words, setup, given, busy, knock, onOther }) {
  const { t } = words;
  const [values, set] = useValues({ code: given ?? "", login: "", name: "", password: "" });
  const [needsPassword, setNeedsPassword] = useState(setup);

  async function use() {
    const { code, login, name, password } = values;
    const body = setup ? { code, login, name, password } : { code, ...(password && { password }) };
    try {
      await knock("session/code", body);
    } catch {
      setNeedsPassword(true);
    }
  }
  useEffect(() => {
    if (given && !setup) void use();
  }, []);

  const complete = values.code.trim() && (!needsPassword || values.password) && (!setup || (values.login.trim() && values.name.trim()));
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    void use();
  };
  return html`<form onSubmit=${submit}>
    <${Field} label=${t("code")} value=${values.code} onInput=${set("code")} autocomplete="one-time-code" first=${!given} />
    ${setup &&
    html`<${Field} label=${t("login")} value=${values.login} onInput=${set("login")} autocomplete="username" first=${Boolean(given)} />
      <${Field} label=${t("full_name")} value=${values.name} onInput=${set("name")} autocomplete="name" />`}
    ${needsPassword &&
    html`<${Secret} words=${words} label=${t("new_password")} value=${values.password} onInput=${set("password")}
        autocomplete="new-password" first=${!setup} />
      <p class="hint">${t("password_hint")}</p>`}
    <button class="primary" disabled=${busy || !complete}>${t(setup ? "setup_do" : "sign_in")}</button>
    ${!setup && html`<button type="button" onClick=${onOther}>${t("by_password")}</button>`}
  </form>`;
}

/** Values of a form, and for each name the handler that takes what was typed. */
export function useValues(/** @type {Record<string, string>} */ initial) {
  const [values, setValues] = useState(initial);
  const set = (/** @type {string} */ name) => (/** @type {any} */ event) => {
    const { value } = event.target;
    setValues((others) => ({ ...others, [name]: value }));
  };
  return /** @type {const} */ ([values, set, setValues]);
}

export function Field({ label, first = false, type = "text", ...rest }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => {
    if (first) input.current?.focus();
  }, []);
  return html`<label class="field">
    <span>${label}</span>
    <input ref=${input} type=${type} maxlength="120" autocapitalize="none" spellcheck="false" ...${rest} />
  </label>`;
}

/** A password; whoever types in gloves may look at it. */
export function Secret({ words, label, ...rest }) {
  const [seen, setSeen] = useState(false);
  return html`<div class="secret">
    <${Field} label=${label} type=${seen ? "text" : "password"} ...${rest} />
    <button type="button" aria-pressed=${seen} onClick=${() => setSeen(!seen)}>${words.t(seen ? "hide" : "show")}</button>
  </div>`;
}
