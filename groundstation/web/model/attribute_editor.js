// One attribute: its names, its type and limits, and the values one may choose.

import { html } from "../vendor/htm-preact.js";
import { Choice, Field, Stepper, TextLine, YesNo } from "../forms/fields.js";
import { Names, Order } from "./parts.js";
import { named } from "./outline.js";
import { at, changed, lines, moved, removed, under } from "./tree.js";

const TYPES = ["NUMERIC", "TEXT", "BOOLEAN", "DATE", "LIST", "MLIST", "TREE"];
const LISTS = new Set(["LIST", "MLIST", "TREE"]);

export function AttributeEditor({ words, document, stored, path, may, onChange, onChoose }) {
  const { t } = words;
  const attribute = at(document.attributes, path);
  if (!attribute) return null;
  const before = at(stored.attributes, path);
  const put = (/** @type {any[]} */ attributes) => onChange({ attributes });
  const change = (/** @type {any} */ parts) => put(changed(document.attributes, path, parts));
  const used = document.categories.length > 0 && lines(document.categories).some(({ node }) => node.attributes.some((/** @type {any} */ use) => use.key === attribute.key));
  const yes = (/** @type {string} */ field) => html`<${Field} words=${words} label=${t(`model_${field.replace("is_", "")}`)}>
    <${YesNo} words=${words} value=${attribute[field]} onChange=${(/** @type {any} */ v) => v !== null && change({ [field]: v })} />
  <//>`;
  const limit = (/** @type {string} */ field) => html`<${Field} words=${words} label=${t(`model_${field}`)}>
    <${Stepper} label=${t(`model_${field}`)} value=${attribute[field]} onChange=${(/** @type {any} */ v) => change({ [field]: v })} />
  <//>`;
  return html`<fieldset class="form" disabled=${!may}>
    <${Names} words=${words} node=${attribute} onChange=${change} />
    <${Order} words=${words} onMove=${(/** @type {number} */ by) => put(moved(document.attributes, path, by))}
      onRemove=${before === null && !used ? () => { put(removed(document.attributes, path)); onChoose([]); } : null} />
    <${Field} words=${words} label=${t("model_type")}>
      ${before
        ? html`<b>${t(`model_${attribute.type}`)}</b>`
        : html`<${Choice} mayBeAbsent=${false} options=${TYPES.map((key) => ({ key, text: t(`model_${key}`) }))} value=${attribute.type}
            onChange=${(/** @type {string} */ type) => change({ type })} />`}
    <//>
    <div class="two">${yes("is_required")}${yes("personal")}</div>
    ${attribute.type === "NUMERIC" && html`<div class="two">${limit("minimum")}${limit("maximum")}</div>`}
    ${attribute.type === "TEXT" && html`<${Field} words=${words} label=${t("model_regex")}>
      <${TextLine} label=${t("model_regex")} limit=${200} value=${attribute.regex} onChange=${(/** @type {any} */ regex) => change({ regex })} />
    <//>`}
    ${LISTS.has(attribute.type) && html`<${Values} words=${words} tree=${attribute.type === "TREE"} nodes=${attribute.values}
      stored=${before?.values ?? []} onChange=${(/** @type {any[]} */ values) => change({ values })} />`}
  </fieldset>`;
}

function Values({ words, tree, nodes, stored, onChange }) {
  const { t } = words;
  const fresh = (/** @type {any[]} */ siblings) => ({ ...named(words, siblings), is_active: true, children: [], icon: null });
  const add = (/** @type {string[]} */ path) => onChange(under(nodes, path, (siblings) => [...siblings, fresh(siblings)]));
  return html`<${Field} words=${words} label=${t("model_values")}>
    <ul class="values">
      ${lines(nodes).map(({ node, path }) => html`<li key=${path.join(".")} data-depth=${path.length - 1} class=${node.is_active ? "" : "gone"}>
        <${Names} words=${words} node=${node} fresh=${at(stored, path) === null} onChange=${(/** @type {any} */ parts) => onChange(changed(nodes, path, parts))} />
        <${Order} words=${words} onMove=${(/** @type {number} */ by) => onChange(moved(nodes, path, by))}
          onRemove=${at(stored, path) === null ? () => onChange(removed(nodes, path)) : null}>
          <button type="button" aria-pressed=${node.is_active} onClick=${() => onChange(changed(nodes, path, { is_active: !node.is_active }))}>
            ${t(node.is_active ? "model_active" : "model_inactive")}</button>
          ${tree && html`<button type="button" onClick=${() => add(path)}>+ ${t("model_add_child")}</button>`}
        <//>
      </li>`)}
    </ul>
    <button type="button" onClick=${() => add([])}>+ ${t("model_add_value")}</button>
  <//>`;
}
