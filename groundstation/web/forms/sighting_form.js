// An observation outside any raid: a violation, a sign, a conflict, the check of a camera trap.

import { html, useState } from "../vendor/htm-preact.js";
import { Field, TextLine } from "./fields.js";
import { FilingBar, useDraft } from "./form.js";
import { ObservationFields, lacking } from "./observation_form.js";
import { file } from "./outbox.js";
import { PlaceField } from "./place_field.js";
import { observationLetters, siteLetter } from "./values.js";

/** @import { Seen } from "./values.js" */

/** @param {{ words: any, settings: any, me: any, reference: any, id: string, form: string, roots: string[], first: () => Promise<Seen> | Seen, tell: (text: string) => void, onFiled: () => void, whyNot: (error: any) => string }} props */
export function SightingForm({ words, settings, me, reference, id, form, roots, first, tell, onFiled, whyNot }) {
  const onTrouble = () => tell(words.t("file_disk_full"));
  const { values, error, set, rest } = useDraft({ id, login: me.login, form, first, onTrouble });
  if (error) return html`<p class="none" role="alert">${whyNot(error)}</p>`;
  if (!values) return html`<p class="none">${words.t("file_loading")}</p>`;
  const lacks = lacking(values, reference.categories);
  const letters = () => observationLetters(values, values.rest.raid_id ?? null, values.rest.leg ?? null, reference.categories);
  return html`<${Filed} ...${{ words, me, id, entry: values.entry, lacks, letters, rest, tell, onFiled, onTrouble }} begun=${values.category !== null}
    fields=${(/** @type {boolean} */ strict) => html`<${ObservationFields} words=${words} settings=${settings} reference=${reference} roots=${roots}
      seen=${values} onChange=${set} strict=${strict} onTrouble=${onTrouble} />`} />`;
}

/** A camera trap's place. @param {{ words: any, settings: any, me: any, id: string, form: string, first: () => any, tell: (text: string) => void, onFiled: (site: any) => void, whyNot: (error: any) => string }} props */
export function SiteForm({ words, settings, me, id, form, first, tell, onFiled, whyNot }) {
  const { t } = words;
  const onTrouble = () => tell(t("file_disk_full"));
  const { values, error, set, rest } = useDraft({ id, login: me.login, form, first, onTrouble });
  if (error) return html`<p class="none" role="alert">${whyNot(error)}</p>`;
  if (!values) return html`<p class="none">${t("file_loading")}</p>`;
  const placed = values.lat_deg !== null;
  const place = placed ? { lat_deg: values.lat_deg, lon_deg: values.lon_deg, accuracy_m: null } : null;
  const lacks = [...(values.name.trim() ? [] : ["file_lack_name"]), ...(placed ? [] : ["file_lack_place"])];
  return html`<${Filed} ...${{ words, me, id, entry: values.entry, lacks, rest, tell, onTrouble }} must letters=${() => [siteLetter(values)]} onFiled=${() => onFiled(values)}
    fields=${(/** @type {boolean} */ strict) => html`
      <h2>${t("file_camera_place")}</h2>
      <${Field} words=${words} label=${t("file_name")} required wrong=${strict && !values.name.trim() ? "file_missing" : null}>
        <${TextLine} label=${t("file_name")} limit=${80} value=${values.name} onChange=${(/** @type {any} */ name) => set({ ...values, name: name ?? "" })} />
      <//>
      <${Field} words=${words} label=${t("file_where")} required wrong=${strict && !placed ? "file_missing" : null}>
        <${PlaceField} words=${words} settings=${settings} value=${place}
          onChange=${(/** @type {any} */ next) => set({ ...values, lat_deg: next?.lat_deg ?? null, lon_deg: next?.lon_deg ?? null })} />
      <//>`} />`;
}

/** Fields above the bar that files them; `must`: nothing may be left out. */
function Filed({ words, me, id, entry, lacks, letters, rest, tell, onFiled, onTrouble, fields, must = false, begun = true }) {
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);

  async function submit() {
    if (lacks.length && (must || !asked)) return setAsked(true);
    setBusy(true);
    try {
      await rest();
      await file(me, letters(), id, entry);
    } catch {
      setBusy(false);
      return onTrouble();
    }
    tell(words.t("file_filed"));
    onFiled();
  }

  return html`<fieldset class="form" disabled=${busy}>
    ${fields(asked)}
    ${begun && html`<${FilingBar} words=${words} lacks=${lacks} asked=${asked && !must} busy=${busy} onFile=${submit} />`}
  </fieldset>`;
}
