// Keys of machines: quadcopters that report, programs that read. Issued, shown once, revoked.

import { html, useState } from "../vendor/htm-preact.js";
import { Refused, del, get, post } from "../api.js";
import { useAnswer } from "../hooks.js";
import { Once } from "./once.js";
import { Field } from "./sign_in.js";

export function Keys({ words, tell }) {
  const { t } = words;
  const { value: keys, again } = useAnswer(() => get("keys"), []);
  const [adding, setAdding] = useState(false);
  const [sure, setSure] = useState(/** @type {number | null} */ (null));
  const [issued, setIssued] = useState(/** @type {any} */ (null));

  /** @param {() => Promise<any>} work */
  async function attempt(work) {
    try {
      await work();
      again();
    } catch (error) {
      tell(t("save_failed", { why: error instanceof Refused ? error.detail : t("offline") }));
    }
  }
  const add = (/** @type {object} */ body) =>
    attempt(async () => {
      setIssued(await post("keys", body));
      setAdding(false);
    });
  const revoke = (/** @type {number} */ key) => attempt(() => del(`keys/${key}`).then(() => setSure(null)));

  return html`<div class="headline"><h2>${t("keys")}</h2><button onClick=${() => setAdding(!adding)}>${t("key_new")}</button></div>
    ${issued && html`<${Once} words=${words} title=${t("key_for", { name: issued.key.name })} secret=${issued.secret}
      hint=${t(issued.key.reads ? "key_hint_reads" : "key_hint")} onClose=${() => setIssued(null)} />`}
    ${adding && html`<${NewKey} words=${words} onAdd=${add} onCancel=${() => setAdding(false)} />`}
    <ul class="rows">
      ${keys?.length === 0 && html`<li class="quiet">${t("keys_none")}</li>`}
      ${keys?.map(
        (/** @type {any} */ k) => html`<li key=${k.key} class=${k.revoked_utc ? "off" : ""}><div class="row">
          <b>${k.name}</b>
          <span>${t(k.reads ? "key_reads" : k.system_id === null ? "key_any" : "key_vehicle", { n: k.system_id })}</span>
          <span>${k.revoked_utc
            ? t("key_revoked", { time: words.moment(new Date(k.revoked_utc)) })
            : k.used_utc ? t("key_used", { time: words.moment(new Date(k.used_utc)) }) : t("key_unused")}</span>
          ${!k.revoked_utc &&
          (sure === k.key
            ? html`<span class="actions"><button class="danger" onClick=${() => revoke(k.key)}>${t("key_revoke_sure")}</button>
                <button onClick=${() => setSure(null)}>${t("cancel")}</button></span>`
            : html`<button onClick=${() => setSure(k.key)}>${t("key_revoke")}</button>`)}
        </div></li>`,
      )}
    </ul>`;
}

function NewKey({ words, onAdd, onCancel }) {
  const { t } = words;
  const [name, setName] = useState("");
  const [vehicle, setVehicle] = useState("");
  const [reads, setReads] = useState(false);
  function submit(/** @type {Event} */ event) {
    event.preventDefault();
    onAdd({ name: name.trim(), system_id: vehicle && !reads ? Number(vehicle) : null, reads });
  }
  return html`<form class="edit" onSubmit=${submit}>
    <${Field} label=${t("key_name")} value=${name} onInput=${(/** @type {any} */ e) => setName(e.target.value)} first />
    <label class="field"><span>${t("key_for_what")}</span>
      <select onChange=${(/** @type {any} */ e) => setReads(e.target.value === "reads")}>
        <option value="reports">${t("key_reports")}</option><option value="reads">${t("key_reads")}</option></select></label>
    ${!reads && html`<${Field} label=${t("key_system_id")} type="number" min="1" max="255" value=${vehicle} onInput=${(/** @type {any} */ e) => setVehicle(e.target.value)} />`}
    <div class="actions"><button class="primary" disabled=${!name.trim()}>${t("key_issue")}</button>
      <button type="button" onClick=${onCancel}>${t("cancel")}</button></div>
  </form>`;
}
