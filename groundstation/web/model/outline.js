// The tree of categories, or the list of attributes; arrows walk, Alt with an arrow moves the line.

import { html, useState } from "../vendor/htm-preact.js";
import { nameOf } from "../forms/model.js";
import { keyOf } from "./key_of.js";
import { at, lines, moved, under } from "./tree.js";

const NEW_ATTRIBUTE = {
  type: "TEXT", is_required: false, minimum: null, maximum: null, regex: null, aggregations: [], values: [], icon: null, personal: false,
}; // prettier-ignore

export const newCategory = (/** @type {any} */ words, /** @type {any[]} */ siblings) => ({
  ...named(words, siblings), is_multiple: true, is_active: true, attributes: [], children: [], icon: null, sensitivity: null,
}); // prettier-ignore

/** A new entry with names that invite to be changed. */
export function named(/** @type {any} */ words, /** @type {any[]} */ siblings) {
  const name = words.t("model_default_name");
  return { key: keyOf(name, siblings.map((node) => node.key)), names: { [words.language]: name } };
}

export function Outline({ words, tab, document, stored, chosen, may, onChoose, onChange }) {
  const { t } = words;
  const nodes = document[tab];
  const [closed, setClosed] = useState(/** @type {Set<string>} */ (new Set()));
  const shown = lines(nodes, (path) => !closed.has(path.join(".")));
  const put = (/** @type {any[]} */ next) => onChange({ [tab]: next });

  function add() {
    const fresh = tab === "categories" ? newCategory(words, nodes) : { ...named(words, nodes), ...NEW_ATTRIBUTE };
    put(under(nodes, [], (roots) => [...roots, fresh]));
    onChoose([fresh.key]);
  }

  function onKeyDown(/** @type {KeyboardEvent} */ event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const here = shown.findIndex(({ path }) => path.join(".") === chosen.join("."));
    if (step && event.altKey && may && chosen.length) put(moved(nodes, chosen, step));
    else if (step && shown[here + step]) onChoose(shown[here + step].path);
    else if (event.key === "ArrowLeft" && chosen.length) toggle(chosen, true);
    else if (event.key === "ArrowRight" && chosen.length) toggle(chosen, false);
    else return;
    event.preventDefault();
    requestAnimationFrame(() => /** @type {HTMLElement} */ (event.currentTarget ?? event.target).querySelector?.('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" }));
  }

  function toggle(/** @type {string[]} */ path, /** @type {boolean} */ close) {
    const next = new Set(closed);
    close ? next.add(path.join(".")) : next.delete(path.join("."));
    setClosed(next);
  }

  return html`<div class="outline">
    <ul role="tree" tabindex="0" aria-label=${t(`model_${tab}`)} onKeyDown=${onKeyDown}>
      ${shown.map(({ node, path }) => {
        const key = path.join(".");
        const fresh = at(stored[tab], path) === null;
        return html`<li role="treeitem" key=${key} data-depth=${path.length - 1} aria-selected=${key === chosen.join(".")}
          aria-expanded=${node.children?.length ? !closed.has(key) : null} class=${(node.is_active ?? true) ? "" : "gone"}
          onClick=${() => onChoose(path)}>
          ${node.children?.length
            ? html`<button type="button" class="fold" tabindex="-1" aria-hidden="true" onClick=${(/** @type {Event} */ event) => {
                event.stopPropagation();
                toggle(path, !closed.has(key));
              }}>${closed.has(key) ? "+" : "−"}</button>`
            : null}
          <span>${nameOf(node.names, words.language) || node.key}</span>
          <small>${[node.type && t(`model_${node.type}`), node.sensitivity, fresh && t("model_new"), node.is_active === false && t("model_inactive")].filter(Boolean).join(" · ")}</small>
        </li>`;
      })}
    </ul>
    ${may && html`<button type="button" onClick=${add}>+ ${t(tab === "categories" ? "model_add_category" : "model_add_attribute")}</button>`}
  </div>`;
}
