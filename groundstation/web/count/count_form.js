// Settings of a count: when, which animals, how far they go in a day.

import { html, useState } from "../vendor/htm-preact.js";
import { Refused, put } from "../api.js";
import { nameOf } from "../forms/model.js";
import { uuid7 } from "../forms/uuid7.js";

const NEW = { name: "", start_date: "", end_date: "", withdrawn: null };
const SETTINGS = { species: [], routes: null, fresh_only: true, snowfall_utc: null, tracks_last_h: 168, near_m: 100 };
const SPECIES = { category: "", travel: null, travel_source: null, heel_pad: null, apart: null };

const PADS = ["cub_from_cm", "cub_to_cm", "female_below_cm", "male_above_cm"];
const APART = ["pad_cm", "distance_km"];

/** A number typed with a comma or a point; null: none. */
const numberOf = (/** @type {string} */ text) => {
  const value = Number(text.replace(",", "."));
  return text.trim() && Number.isFinite(value) ? value : null;
};

export function CountForm({ words, reference, me, count, go, tell, onSaved }) {
  const { t } = words;
  const [id] = useState(count?.count_id ?? uuid7());
  const [values, setValues] = useState(() => ({ ...NEW, ...count, settings: { ...SETTINGS, ...count?.settings } }));
  const [busy, setBusy] = useState(false);
  const { settings } = values;
  const set = (/** @type {object} */ some) => setValues((/** @type {any} */ others) => ({ ...others, ...some }));
  const settle = (/** @type {object} */ some) => set({ settings: { ...settings, ...some } });
  const species = (/** @type {number} */ at, /** @type {object} */ some) =>
    settle({ species: settings.species.map((/** @type {any} */ s, /** @type {number} */ n) => (n === at ? { ...s, ...some } : s)) });
  if (!me.may.has("count")) return null;

  async function save(/** @type {Event} */ event) {
    event.preventDefault();
    setBusy(true);
    try {
      await put(`counts/${id}`, { ...values, count_id: id, revision: (count?.revision ?? 0) + 1 });
      tell(t("saved"));
      onSaved();
      go(`count/${id}`);
    } catch (error) {
      tell(t("save_failed", { why: error instanceof Refused ? error.detail : t("offline") }));
      setBusy(false);
    }
  }

  const ready = values.name.trim() && values.start_date && values.end_date && settings.species.every((/** @type {any} */ s) => s.category);
  return html`<form class="count-form" onSubmit=${save}>
    <div class="row">
      <label class="field wide"><span>${t("name")}</span><input value=${values.name} maxlength="120" onInput=${(/** @type {any} */ e) => set({ name: e.target.value })} /></label>
      <label class="field"><span>${t("from")}</span><input type="date" value=${values.start_date} onChange=${(/** @type {any} */ e) => set({ start_date: e.target.value })} /></label>
      <label class="field"><span>${t("to")}</span><input type="date" value=${values.end_date} min=${values.start_date} onChange=${(/** @type {any} */ e) => set({ end_date: e.target.value })} /></label>
    </div>
    <h2>${t("species")}</h2>
    ${settings.species.map((/** @type {any} */ s, /** @type {number} */ at) => html`<${Species} key=${at} words=${words} reference=${reference} species=${s}
      onChange=${(/** @type {object} */ some) => species(at, some)}
      onRemove=${() => settle({ species: settings.species.filter((/** @type {any} */ _, /** @type {number} */ n) => n !== at) })} />`)}
    <button type="button" onClick=${() => settle({ species: [...settings.species, SPECIES] })}>${t("species_add")}</button>
    <div class="row">
      <label class="field"><span>${t("near")}</span><input inputmode="numeric" value=${settings.near_m} onChange=${(/** @type {any} */ e) => settle({ near_m: numberOf(e.target.value) ?? SETTINGS.near_m })} /></label>
      <label class="field"><span>${t("snowfall")}</span><input type="datetime-local" value=${localOf(settings.snowfall_utc)} onChange=${(/** @type {any} */ e) => settle({ snowfall_utc: e.target.value ? new Date(e.target.value).toISOString() : null })} /></label>
      <label class="tick"><input type="checkbox" checked=${settings.fresh_only} onChange=${(/** @type {any} */ e) => settle({ fresh_only: e.target.checked })} /><span>${t("fresh_only")}</span></label>
    </div>
    <div class="actions"><button class="primary" disabled=${busy || !ready}>${t("save")}</button>
      <button type="button" onClick=${() => history.back()}>${t("cancel")}</button></div>
  </form>`;
}

function Species({ words, reference, species: s, onChange, onRemove }) {
  const { t } = words;
  const travel = (/** @type {object} */ some) => {
    const next = { mean_km: s.travel?.mean_km ?? null, cv: s.travel?.cv ?? 0, ...some };
    onChange({ travel: next.mean_km === null ? null : next });
  };
  const tracks = [...(reference?.categories.values() ?? [])].filter((c) => c.hkey.endsWith(".track."));
  return html`<fieldset>
    <label class="field"><span>${t("species_track")}</span>
      <select value=${s.category} onChange=${(/** @type {any} */ e) => onChange({ category: e.target.value })}><option value=""></option>
        ${tracks.map((c) => html`<option value=${c.hkey} selected=${c.hkey === s.category}>${c.path.map((/** @type {string} */ p) => nameOf(reference.categories.get(p)?.names, words.language)).join(" / ")}</option>`)}</select></label>
    <label class="field"><span>${t("travel_mean")}</span><input inputmode="decimal" value=${s.travel?.mean_km ?? ""} onChange=${(/** @type {any} */ e) => travel({ mean_km: numberOf(e.target.value) })} /></label>
    <label class="field"><span>${t("travel_cv")}</span><input inputmode="decimal" disabled=${!s.travel} value=${s.travel ? Math.round(s.travel.cv * 1000) / 10 : ""} onChange=${(/** @type {any} */ e) => travel({ cv: (numberOf(e.target.value) ?? 0) / 100 })} /></label>
    <label class="field wide"><span>${t("travel_source")}</span><input maxlength="500" value=${s.travel_source ?? ""} onInput=${(/** @type {any} */ e) => onChange({ travel_source: e.target.value || null })} /></label>
    <button type="button" onClick=${onRemove}>${t("species_remove")}</button>
    <details open=${Boolean(s.heel_pad || s.apart)}><summary>${t("pads")}</summary>
      <${Numbers} words=${words} fields=${PADS} value=${s.heel_pad} onChange=${(/** @type {any} */ heel_pad) => onChange({ heel_pad })} />
      <${Numbers} words=${words} fields=${APART} value=${s.apart} onChange=${(/** @type {any} */ apart) => onChange({ apart })} />
    </details>
  </fieldset>`;
}

/** Numbers that mean something only together: null until all of them are there. */
function Numbers({ words, fields, value, onChange }) {
  const [texts, setTexts] = useState(() => fields.map((/** @type {string} */ name) => String(value?.[name] ?? "")));
  function type(/** @type {number} */ at, /** @type {string} */ text) {
    const next = texts.map((/** @type {string} */ old, /** @type {number} */ n) => (n === at ? text : old));
    setTexts(next);
    const numbers = next.map(numberOf);
    const whole = numbers.every((/** @type {number | null} */ n) => n !== null);
    onChange(whole ? Object.fromEntries(fields.map((/** @type {string} */ name, /** @type {number} */ n) => [name, numbers[n]])) : null);
  }
  return html`<div class="row">
    ${fields.map((/** @type {string} */ name, /** @type {number} */ at) => html`<label class="field"><span>${words.t(`pad_${name}`)}</span>
      <input inputmode="decimal" value=${texts[at]} onInput=${(/** @type {any} */ e) => type(at, e.target.value)} /></label>`)}
  </div>`;
}

/** For an input of this browser's wall clock. */
function localOf(/** @type {string | null} */ utc) {
  if (!utc) return "";
  const time = new Date(utc);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
