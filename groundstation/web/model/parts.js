// What categories, attributes and values share in the editor.

import { html } from "../vendor/htm-preact.js";

const LANGUAGES = ["ru", "en"];

/** Names by language; the key stands beside them and never changes. */
export function Names({ words, node, onChange }) {
  const { t } = words;
  const rename = (/** @type {string} */ language, /** @type {string} */ text) => {
    const { [language]: _, ...others } = node.names;
    onChange({ names: text ? { ...others, [language]: text } : others });
  };
  return html`<div class="names">
    ${LANGUAGES.map((language) => html`<label key=${language}><span class="label">${t(`model_${language}`)}</span>
      <input maxlength="120" value=${node.names[language] ?? ""}
        onInput=${(/** @type {any} */ event) => rename(language, event.target.value)} /></label>`)}
    <small>${t("model_key")}: <code>${node.key}</code></small>
  </div>`;
}

/** Up, down, and away where nobody has stored it yet. */
export function Order({ words, onMove, onRemove, children }) {
  const { t } = words;
  return html`<div class="order choice">
    <button type="button" aria-label=${t("model_up")} onClick=${() => onMove(-1)}>↑</button>
    <button type="button" aria-label=${t("model_down")} onClick=${() => onMove(1)}>↓</button>
    ${children}
    ${onRemove && html`<button type="button" class="quiet" onClick=${onRemove}>${t("model_remove")}</button>`}
  </div>`;
}
