// Something that is told once: a code for a person, the secret of a machine.

import { html } from "../vendor/htm-preact.js";

/** @param {{ words: any, title: string, secret: string, link?: string, until?: string | null, hint: string, onClose: () => void }} props */
export function Once({ words, title, secret, link, until, hint, onClose }) {
  const { t } = words;
  return html`<div class="once" role="alertdialog" aria-label=${title}>
    <h2>${title}</h2>
    <p>${hint}</p>
    <code>${secret}</code>
    ${link && html`<code>${link}</code>`}
    ${until && html`<p class="hint">${t("valid_until", { time: words.moment(new Date(until)) })}</p>`}
    <div class="actions">
      ${navigator.clipboard && html`<button onClick=${() => navigator.clipboard.writeText(link ?? secret)}>${t("copy")}</button>`}
      <button class="primary" onClick=${onClose}>${t("written_down")}</button>
    </div>
  </div>`;
}
