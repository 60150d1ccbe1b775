// One category: its names, what it asks, who is told its places.

import { html } from "../vendor/htm-preact.js";
import { Choice, Field, Picker, YesNo } from "../forms/fields.js";
import { nameOf } from "../forms/model.js";
import { Names, Order } from "./parts.js";
import { newCategory } from "./outline.js";
import { at, changed, moved, removed, shifted, under } from "./tree.js";

const SENSITIVITIES = [null, 1, 2, 3, 4];

export function CategoryEditor({ words, document, stored, path, may, onChange, onChoose }) {
  const { t } = words;
  const category = at(document.categories, path);
  if (!category) return null;
  const put = (/** @type {any[]} */ categories) => onChange({ categories });
  const change = (/** @type {any} */ parts) => put(changed(document.categories, path, parts));
  const fresh = at(stored.categories, path) === null;
  const attribute = (/** @type {string} */ key) => document.attributes.find((/** @type {any} */ a) => a.key === key);
  const nameOfAttribute = (/** @type {string} */ key) => nameOf(attribute(key)?.names, words.language) || key;
  const above = path.slice(0, -1).flatMap((/** @type {string} */ _, /** @type {number} */ n) => at(document.categories, path.slice(0, n + 1))?.attributes ?? []);
  const used = category.attributes.map((/** @type {any} */ use) => use.key);
  const free = document.attributes
    .filter((/** @type {any} */ a) => !used.includes(a.key))
    .map((/** @type {any} */ a) => ({ key: a.key, text: nameOf(a.names, words.language), more: t(`model_${a.type}`) }));
  const storedUses = at(stored.categories, path)?.attributes.map((/** @type {any} */ use) => use.key) ?? [];

  function addChild() {
    const child = newCategory(words, category?.children ?? []);
    put(under(document.categories, path, (children) => [...children, child]));
    onChoose([...path, child.key]);
  }

  return html`<fieldset class="form" disabled=${!may}>
    <${Names} words=${words} node=${category} onChange=${change} />
    <${Order} words=${words} onMove=${(/** @type {number} */ by) => put(moved(document.categories, path, by))}
      onRemove=${fresh ? () => { put(removed(document.categories, path)); onChoose(path.slice(0, -1)); } : null}>
      <button type="button" onClick=${addChild}>+ ${t("model_add_child")}</button>
    <//>
    <div class="two">
      <${Field} words=${words} label=${t("model_active")}>
        <${YesNo} words=${words} value=${category.is_active} onChange=${(/** @type {any} */ v) => v !== null && change({ is_active: v })} />
      <//>
      <${Field} words=${words} label=${t("model_multiple")}>
        <${YesNo} words=${words} value=${category.is_multiple} onChange=${(/** @type {any} */ v) => v !== null && change({ is_multiple: v })} />
      <//>
    </div>
    <${Field} words=${words} label=${t("model_sensitivity")}>
      <${Choice} mayBeAbsent=${false} value=${category.sensitivity ?? null} onChange=${(/** @type {any} */ sensitivity) => change({ sensitivity })}
        options=${SENSITIVITIES.map((key) => ({ key, text: t(`model_sensitivity_${key}`) }))} />
    <//>
    <${Field} words=${words} label=${t("model_asks")}>
      <ul class="members">
        ${category.attributes.map((/** @type {any} */ use, /** @type {number} */ n) => html`<li key=${use.key} class=${use.is_active ? "" : "gone"}>
          <span>${nameOfAttribute(use.key)}</span>
          <button type="button" aria-pressed=${use.is_active} onClick=${() => change({ attributes: category.attributes.map((/** @type {any} */ u) => (u === use ? { ...u, is_active: !u.is_active } : u)) })}>
            ${t(use.is_active ? "model_active" : "model_inactive")}</button>
          <${Order} words=${words} onMove=${(/** @type {number} */ by) => change({ attributes: shifted(category.attributes, n, by) })}
            onRemove=${storedUses.includes(use.key) ? null : () => change({ attributes: category.attributes.filter((/** @type {any} */ u) => u !== use) })} />
        </li>`)}
      </ul>
      <${Picker} words=${words} label=${t("model_add_attribute")} absent=${`+ ${t("model_add_attribute")}`} items=${free} value=${null}
        onChange=${(/** @type {string | null} */ key) => key && change({ attributes: [...category.attributes, { key, is_active: true }] })} />
      ${above.length > 0 && html`<p class="hint">${t("model_asks_above", { names: above.map((/** @type {any} */ use) => nameOfAttribute(use.key)).join(", ") })}</p>`}
    <//>
  </fieldset>`;
}
