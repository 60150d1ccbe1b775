// Withdrawing a record, or bringing it back: never without a reason.

import { html, useState } from "../vendor/htm-preact.js";
import { Refused, post } from "../api.js";

export function Turn({ words, path, record, tell, onDone, onCancel }) {
  const { t } = words;
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const does = record.withdrawn === null ? "withdraw" : "restore";

  async function submit(/** @type {Event} */ event) {
    event.preventDefault();
    setBusy(true);
    try {
      await post(`${path}/${does}`, { revision: record.revision, reason: reason.trim() });
      onDone();
    } catch (error) {
      tell(t("save_failed", { why: error instanceof Refused ? error.detail : t("offline") }));
    } finally {
      setBusy(false);
    }
  }
  return html`<form class="turn" role="alertdialog" aria-label=${t(does)} onSubmit=${submit}>
    <label class="field"><span>${t(`${does}_sure`)}</span>
      <input maxlength="500" value=${reason} placeholder=${t("reason")} autofocus
        onInput=${(/** @type {any} */ event) => setReason(event.target.value)} />
    </label>
    <button class="primary" disabled=${busy || !reason.trim()}>${t(does)}</button>
    <button type="button" onClick=${onCancel}>${t("cancel")}</button>
  </form>`;
}
