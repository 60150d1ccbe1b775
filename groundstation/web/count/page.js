// The winter count: how far it is, what it adds up to, its settings, its routes.

import { html, useRef } from "../vendor/htm-preact.js";
import { Refused, get, query, urlOf } from "../api.js";
import { useReference } from "../forms/reference.js";
import { useAnswer } from "../hooks.js";
import { href } from "../pages.js";
import { Sign } from "../signs.js";
import { Board } from "./board.js";
import { useChangesOf } from "./changes.js";
import { CountForm } from "./count_form.js";
import { Result } from "./result.js";
import { Routes } from "./routes.js";
import { TABLE } from "./strings.js";

export { TABLE };

/** `#/count`, `#/count/ID`, `#/count/ID/result`, `#/count/ID/edit`, `#/count/new`, `#/count/routes` */
export function Page(/** @type {any} */ props) {
  const { words, station, me, go, params } = props;
  const { t } = words;
  const { value: counts, error, again } = useAnswer(() => get("counts"), []);
  const [which, view = "board"] = params.rest;
  const shared = { ...props, reference: useReference(me).reference, onSaved: again };
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useChangesOf(station.records, again);

  if (!counts) return html`<p class="sheet quiet">${error ? t("count_failed", { why: error instanceof Refused ? error.detail : t("offline") }) : t("connecting")}</p>`;
  const count = which ? counts.find((/** @type {any} */ c) => c.count_id === which) : counts[0];
  const body = () => {
    if (which === "routes") return html`<${Routes} ...${shared} />`;
    if (which === "new") return html`<${CountForm} key="new" ...${shared} count=${null} />`;
    if (!count) return html`<p class="empty">${t("count_none")}</p>`;
    if (view === "edit" && me.may.has("count")) return html`<${CountForm} key=${count.count_id} ...${shared} count=${count} />`;
    if (view === "result" && me.may.has("analyse")) return html`<${Result} key=${count.count_id} ...${shared} count=${count} />`;
    return html`<${Board} key=${count.count_id} ...${shared} count=${count} />`;
  };
  const tab = (/** @type {string} */ to, /** @type {string} */ word, /** @type {boolean} */ here) =>
    html`<a class="button" aria-current=${here ? "page" : null} href=${to}>${t(word)}</a>`;
  const of = count && which !== "routes" && which !== "new" ? count : null;
  return html`<div class="counting" ref=${place}>
    <div class="toolbar" role="toolbar">
      ${counts.length > 0 && html`<select class="which" aria-label=${t("count_which")} value=${of?.count_id ?? ""} onChange=${(/** @type {any} */ e) => e.target.value && go(`count/${e.target.value}`)}>
        ${!of && html`<option value=""></option>`}
        ${counts.map((/** @type {any} */ c) => html`<option value=${c.count_id} selected=${c.count_id === of?.count_id}>${c.name}</option>`)}
      </select>`}
      ${of && tab(href("count", of.count_id), "count_board", view === "board")}
      ${of && me.may.has("analyse") && tab(href("count", of.count_id, "result"), "count_result", view === "result")}
      ${of && me.may.has("count") && tab(href("count", of.count_id, "edit"), "count_edit", view === "edit")}
      <span class="gap"></span>
      ${tab(href("count", "routes"), "count_routes", which === "routes")}
      ${me.may.has("count") && tab(href("count", "new"), "count_new", which === "new")}
      ${of && html`<a class="button" target="_blank" href=${urlOf(`reports/census${query({ count: of.count_id, form: "pdf", lang: words.language })}`)}><${Sign} name="print" /><span>${t("count_report")}</span></a>`}
      ${of && document.fullscreenEnabled && html`<button onClick=${() => place.current?.requestFullscreen()}>${t("count_wall")}</button>`}
    </div>
    ${body()}
  </div>`;
}
