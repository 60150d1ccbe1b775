// One observation: what, when, where, and whatever its category asks.

import { html, useState } from "../vendor/htm-preact.js";
import { AttributeFields } from "./attributes.js";
import { DayField, Field, Picker, SearchList, TextLine, TimeField, ordered, recents, remember } from "./fields.js";
import { nameOf, titleOf, wrongWith } from "./model.js";
import { PicturesField } from "./pictures_field.js";
import { PlaceField } from "./place_field.js";
import { peopleItems } from "./reference.js";

/** @import { Category } from "./model.js" */
/** @import { Seen } from "./values.js" */

/** What a person should look at before filing: words of the table. */
export function lacking(/** @type {Seen} */ seen, /** @type {Map<string, Category>} */ categories) {
  const asked = (seen.category && categories.get(seen.category)?.attributes) || [];
  return [
    ...(seen.category ? [] : ["file_lack_category"]),
    ...(seen.date && seen.time ? [] : ["file_lack_time"]),
    ...(seen.place || seen.site_id ? [] : ["file_lack_place"]),
    ...asked.filter((attribute) => wrongWith(attribute, seen.attributes[attribute.key])).map((attribute) => attribute.names),
  ];
}

/** @param {{ words: any, settings: any, reference: any, roots: string[], seen: Seen, onChange: (seen: Seen) => void, strict: boolean, onTrouble: (error: unknown) => void }} props */
export function ObservationFields({ words, settings, reference, roots, seen, onChange, strict, onTrouble }) {
  const { t } = words;
  const { categories } = reference;
  const category = seen.category ? categories.get(seen.category) : undefined;
  const change = (/** @type {Partial<Seen>} */ parts) => onChange({ ...seen, ...parts, changed: true });
  const set = (/** @type {string} */ key, /** @type {any} */ value) => change({ attributes: { ...seen.attributes, [key]: value } });

  if (!seen.category) {
    return html`<${CategoryPicker} words=${words} categories=${categories} roots=${roots}
      onPick=${(/** @type {string} */ hkey) => change({ category: hkey })} />`;
  }
  return html`
    <div class="chosen">
      <h3>${titleOf(categories, seen.category, words.language)}</h3>
      <button type="button" onClick=${() => change({ category: null })}>${t("file_change")}</button>
    </div>
    <div class="two">
      <${Field} words=${words} label=${t("file_day")} wrong=${strict && !seen.date ? "file_missing" : null}>
        <${DayField} words=${words} label=${t("file_day")} value=${seen.date} onChange=${(/** @type {string} */ date) => change({ date })} />
      <//>
      <${Field} words=${words} label=${t("file_time")} wrong=${strict && !seen.time ? "file_missing" : null}>
        <${TimeField} words=${words} label=${t("file_time")} value=${seen.time} onChange=${(/** @type {any} */ time) => change({ time })} />
      <//>
    </div>
    <${Field} words=${words} label=${t("file_where")} wrong=${strict && !seen.place && !seen.site_id ? "file_missing" : null}>
      <${PlaceField} words=${words} settings=${settings} value=${seen.place} onChange=${(/** @type {any} */ place) => change({ place })} />
    <//>
    <${AttributeFields} words=${words} attributes=${category?.attributes ?? []} values=${seen.attributes} onChange=${set} strict=${strict} />
    <${Field} words=${words} label=${t("file_pictures")}>
      <${PicturesField} words=${words} value=${seen.pictures} onTrouble=${onTrouble}
        onChange=${(/** @type {any} */ pictures) => onChange({ ...seen, pictures })} />
    <//>
    <${Field} words=${words} label=${t("file_observer")}>
      <${Picker} words=${words} label=${t("file_observer")} items=${peopleItems(reference, [seen.observer])} recent="people"
        value=${seen.observer} onChange=${(/** @type {any} */ observer) => change({ observer })} />
    <//>
    <${Field} words=${words} label=${t("file_comment")}>
      <${TextLine} label=${t("file_comment")} long value=${seen.comment} onChange=${(/** @type {any} */ comment) => change({ comment })} />
    <//>`;
}

const MOST_RECENT = 6;
const FEW_ROOTS = 3;
const MANY_LEAVES = 12;

/** Down the tree in large squares; the last ones chosen stand at its head. */
function CategoryPicker({ words, categories, roots, onPick }) {
  const { t } = words;
  const [at, setAt] = useState(/** @type {string | null} */ (null));
  const leaves = [...categories.values()].filter((c) => !c.children.length && roots.some((/** @type {string} */ root) => c.hkey.startsWith(root)));
  const items = leaves.map((c) => ({ key: c.hkey, text: titleOf(categories, c.hkey, words.language) }));
  const known = recents("categories");
  const recent = ordered(items, "categories").filter(({ key }) => known.includes(key)).slice(0, MOST_RECENT);
  const name = (/** @type {Category} */ category) => nameOf(category.names, words.language);

  function pick(/** @type {Category} */ category) {
    if (category.children.length) return setAt(category.hkey);
    remember("categories", category.hkey);
    onPick(category.hkey);
  }

  const tiles = (/** @type {Category[]} */ shown) => shown.map((category) => html`<button type="button" key=${category.hkey} onClick=${() => pick(category)}>
    ${name(category)}${category.children.length > 0 && html`<i aria-hidden="true">›</i>`}
  </button>`);
  const group = (/** @type {string} */ hkey) => {
    const parent = /** @type {Category} */ (categories.get(hkey));
    const above = parent.path.at(-2) ?? null;
    const title = at === null ? name(parent) : html`<button type="button" class="back" aria-label=${t("file_back")}
      onClick=${() => setAt(above && !roots.includes(hkey) && !(spread && roots.includes(above)) ? above : null)}>‹</button>${name(parent)}`;
    return html`<h3>${title}</h3>
      <div class="tiles">
        ${tiles(parent.children)}
        <button type="button" class="quiet" onClick=${() => onPick(hkey)}>${t("file_only", { what: name(parent) })}</button>
      </div>`;
  };
  const spread = roots.length <= FEW_ROOTS;

  return html`<div class="categories">
    ${at === null && recent.length > 0 && html`<h3>${t("file_recent")}</h3>
      <div class="tiles">${recent.map(({ key, text }) => html`<button type="button" onClick=${() => pick(categories.get(key))}>${text}</button>`)}</div>`}
    ${at !== null ? group(at)
      : spread ? roots.map(group)
      : html`<h3>${t("file_what")}</h3><div class="tiles">${tiles(roots.map((/** @type {string} */ root) => categories.get(root)))}</div>`}
    ${leaves.length > MANY_LEAVES && html`<details><summary>${t("file_all")}</summary>
      <${SearchList} words=${words} chosen=${[]} items=${items} onPick=${(/** @type {string} */ key) => pick(categories.get(key))} />
    </details>`}
  </div>`;
}
