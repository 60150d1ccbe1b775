// `#/model`: the data model - what can be observed, and what is asked about it.
//
// Changes are kept on this device until they are saved as a new state of the model. What the
// stored model has is never deleted here, only taken out of the forms: records hold its keys.

import { html, useEffect, useState } from "../vendor/htm-preact.js";
import { get, post, put, query, urlOf } from "../api.js";
import { discard } from "../forms/drafts.js";
import { useDraft } from "../forms/form.js";
import { isNetwork } from "../forms/known.js";
import { AttributeEditor } from "./attribute_editor.js";
import { CategoryEditor } from "./category_editor.js";
import { TABLE } from "./strings.js";
import { Outline } from "./outline.js";

export { TABLE };

const IMPORT_DEADLINE_MS = 120_000;

export function Page({ words, me, tell }) {
  const { t } = words;
  const [stored, setStored] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [turn, setTurn] = useState(0);
  useEffect(() => void get("model").then(setStored, setError), [turn]);
  if (error && !stored) return html`<section class="file model"><p class="none" role="alert">${isNetwork(error) ? t("file_need_network") : error.message}</p></section>`;
  if (!stored) return html`<section class="file model"><p class="none">${t("file_loading")}</p></section>`;
  return html`<${Editor} key=${`${stored.model}/${turn}`} words=${words} me=${me} stored=${stored} tell=${tell} onAgain=${() => setTurn((n) => n + 1)} />`;
}

function Editor({ words, me, stored, tell, onAgain }) {
  const { t } = words;
  const id = `model:${me.login}`;
  const first = () => ({ base: stored.model, document: stored.document });
  const { values, set, rest } = useDraft({ id, login: me.login, form: "model", first, onTrouble: () => tell(t("file_disk_full")) });
  const [tab, setTab] = useState(/** @type {"categories" | "attributes"} */ ("categories"));
  const [chosen, setChosen] = useState(/** @type {Record<string, string[]>} */ ({ categories: [], attributes: [] }));
  const [elsewhere, setElsewhere] = useState(false);
  if (!values) return html`<section class="file model"><p class="none">${t("file_loading")}</p></section>`;

  const may = me.may.has("model");
  const { base, document } = values;
  const dirty = JSON.stringify(document) !== JSON.stringify(stored.document);
  const change = may ? (/** @type {any} */ parts) => set({ base, document: { ...document, ...parts } }) : () => {};
  const failed = (/** @type {any} */ error) => tell(t("model_not_saved", { why: isNetwork(error) ? t("file_need_network") : error.message }));

  async function undo() {
    await rest();
    await discard(id, []);
    onAgain();
  }

  async function save() {
    try {
      await put("model", { base, document });
    } catch (error) {
      if (/** @type {any} */ (error).code === "changed_elsewhere") return setElsewhere(true);
      return failed(error);
    }
    tell(t("model_saved"));
    await undo();
  }

  async function take(/** @type {File | undefined} */ file) {
    if (!file) return;
    try {
      const report = await post(`imports${query({ name: file.name })}`, file, { deadline_ms: IMPORT_DEADLINE_MS });
      tell([t("model_imported"), ...report.remarks.map((/** @type {any} */ remark) => remark.text)].join(". "), { stays: true });
    } catch (error) {
      return failed(error);
    }
    await undo();
  }

  const path = chosen[tab];
  const choose = (/** @type {string[]} */ next) => setChosen({ ...chosen, [tab]: next });
  const Detail = tab === "categories" ? CategoryEditor : AttributeEditor;
  return html`<section class="file model">
    <header class="model-head">
      <nav class="choice">
        ${["categories", "attributes"].map((name) => html`<button type="button" key=${name} aria-pressed=${tab === name}
          onClick=${() => setTab(/** @type {any} */ (name))}>${t(`model_${name}`)}</button>`)}
      </nav>
      <span class="hint">${stored.model ? t("model_number", { n: stored.model }) : t("model_ours")}</span>
      <a class="button" href=${urlOf("model/model.xml")} download>${t("model_export")}</a>
      ${may && me.may.has("import") && html`<label class="button">${t("model_import")}
        <input type="file" accept=".xml,.zip" onChange=${(/** @type {any} */ event) => void take(event.target.files[0])} /></label>`}
    </header>
    ${!may && html`<p class="hint">${t("model_read_only")}</p>`}
    ${(elsewhere || base !== stored.model) && html`<div class="complaint" role="alert">${t("model_elsewhere")}
      <button type="button" onClick=${undo}>${t("model_take_new")}</button></div>`}
    <div class="panes">
      <${Outline} key=${tab} words=${words} tab=${tab} document=${document} stored=${stored.document} chosen=${path} may=${may}
        onChoose=${choose} onChange=${change} />
      <div class="detail">
        ${path.length
          ? html`<${Detail} key=${path.join(".")} words=${words} document=${document} stored=${stored.document} path=${path} may=${may}
              onChange=${change} onChoose=${choose} />`
          : html`<p class="none">${t("model_nothing_chosen")}</p>`}
      </div>
    </div>
    ${may && html`<footer class="filing">
      <div class="said" role="status">${t(dirty ? "model_changed" : "model_unchanged")}</div>
      ${dirty && html`<button type="button" onClick=${undo}>${t("model_undo")}</button>`}
      <button type="button" class="primary" disabled=${!dirty} onClick=${save}>${t("model_save")}</button>
    </footer>`}
  </section>`;
}
