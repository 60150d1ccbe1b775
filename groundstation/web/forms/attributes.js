// What a category asks, as fields made from the data model.

import { html } from "../vendor/htm-preact.js";
import { Choice, DayField, Field, ManyChoice, Picker, Stepper, TextLine, YesNo } from "./fields.js";
import { flat, nameOf, wrongWith } from "./model.js";

/** @import { Attribute } from "./model.js" */

const FEW = 6;
const LONG_TEXT = /comment|remark|description|outcome|note/;

/** Those that take the whole width. */
const WIDE = new Set(["TEXT", "LIST", "MLIST", "TREE"]);

/** All fields of a category; `onChange(key, value)`. */
export function AttributeFields({ words, attributes, values, onChange, strict }) {
  return html`<div class="two asked">${attributes.map((/** @type {Attribute} */ attribute) => {
    const label = nameOf(attribute.names, words.language);
    const value = values[attribute.key] ?? null;
    const wrong = wrongWith(attribute, value);
    // What is missing is said when somebody wants to file, what is wrong at once.
    const shown = wrong === "file_missing" && !strict ? null : wrong;
    return html`<div key=${attribute.key} class=${WIDE.has(attribute.type) ? "wide" : ""}>
      <${Field} words=${words} label=${label} required=${attribute.is_required} wrong=${shown}>
      ${attribute.personal && html`<div class="personal">${words.t("file_personal")}</div>`}
      ${INPUTS[attribute.type]({ words, attribute, label, value, onChange: (/** @type {any} */ v) => onChange(attribute.key, v) })}
      <//>
    </div>`;
  })}</div>`;
}

/** @type {Record<Attribute["type"], (props: any) => any>} */
const INPUTS = {
  NUMERIC: ({ attribute, ...props }) =>
    html`<${Stepper} ...${props} minimum=${attribute.minimum ?? null} maximum=${attribute.maximum ?? null} />`,
  TEXT: ({ attribute, ...props }) => html`<${TextLine} ...${props} long=${LONG_TEXT.test(attribute.key)} limit=${2000} />`,
  BOOLEAN: (props) => html`<${YesNo} ...${props} />`,
  DATE: ({ attribute, ...props }) => html`<${DayField} ...${props} />`,
  LIST: ({ attribute, ...props }) => {
    const options = optionsOf(attribute, props.words.language, props.value);
    return options.length > FEW
      ? html`<${Picker} ...${props} items=${options} recent=${`attribute:${attribute.key}`} />`
      : html`<${Choice} ...${props} options=${options} />`;
  },
  MLIST: ({ attribute, ...props }) => {
    const options = optionsOf(attribute, props.words.language, props.value);
    return options.length > FEW
      ? html`<${Picker} ...${props} items=${options} many />`
      : html`<${ManyChoice} ...${props} options=${options} />`;
  },
  TREE: ({ attribute, ...props }) => {
    const items = flat(attribute.values).map(({ key, names, depth }) => ({ key, depth, text: nameOf(names, props.words.language) }));
    return html`<${Picker} ...${props} items=${items} />`;
  },
};

/** Active entries, and one that is no longer active where it is the value. */
function optionsOf(/** @type {Attribute} */ attribute, /** @type {string} */ language, /** @type {any} */ value) {
  const chosen = Array.isArray(value) ? value : [value];
  return attribute.values
    .filter((node) => node.is_active || chosen.includes(node.key))
    .map((node) => ({ key: node.key, text: nameOf(node.names, language) }));
}
