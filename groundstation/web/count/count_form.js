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
  const settle = (/** @type {object} */ some) =>
    setValues((/** @type {any} */ others) => ({ ...others, settings: { ...others.settings, ...some } }));
  const species = (/** @type {number} */ at, /** @type {object} */ some) =>
    settle({ species: settings.species.map((/** @type {any} */ s, /** @type {number} */ n) => (n === at ? { ...s, ...some } : s)) });
  /** After one has gone the others stand elsewhere, and are drawn anew. */
  const [gone, setGone] = useState(0);
  function remove(/** @type {number} */ at) {
    settle({ species: settings.species.filter((/** @type {any} */ _, /** @type {number} */ n) => n !== at) });
    setGone(gone + 1);
  }
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
    ${settings.species.map((/** @type {any} */ s, /** @type {number} */ at) => html`<${Species} key=${`${gone} ${at}`} words=${words} reference=${reference} species=${s}
      onChange=${(/** @type {object} */ some) => species(at, some)}
      onRemove=${() => remove(at)} />`)}
    <button type="button" onClick=${() => settle({ species: [...settings.species, SPECIES] })}>${t("species_add")}</button>
    <div class="row">
      <${Decimal} label=${t("near")} initial=${settings.near_m} onNumber=${(/** @type {number | null} */ n) => settle({ near_m: n ?? SETTINGS.near_m })} />
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
    <${Decimal} label=${t("travel_mean")} initial=${s.travel?.mean_km} onNumber=${(/** @type {number | null} */ mean_km) => travel({ mean_km })} />
    <${Decimal} label=${t("travel_cv")} initial=${s.travel && Math.round(s.travel.cv * 1000) / 10} disabled=${!s.travel} onNumber=${(/** @type {number | null} */ n) => travel({ cv: (n ?? 0) / 100 })} />
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
  const [numbers, setNumbers] = useState(() => ({ ...value }));
  function type(/** @type {string} */ name, /** @type {number | null} */ n) {
    const next = { ...numbers, [name]: n };
    setNumbers(next);
    onChange(fields.every((/** @type {string} */ field) => (next[field] ?? null) !== null) ? next : null);
  }
  return html`<div class="row">
    ${fields.map((/** @type {string} */ name) => html`<${Decimal} label=${words.t(`pad_${name}`)} initial=${value?.[name]} onNumber=${(/** @type {number | null} */ n) => type(name, n)} />`)}
  </div>`;
}

/** What is typed stays as it is typed; what it means is told at every stroke. */
function Decimal({ label, initial, onNumber, disabled = false }) {
  const [text, setText] = useState(String(initial ?? ""));
  const type = (/** @type {any} */ { target }) => {
    setText(target.value);
    onNumber(numberOf(target.value));
  };
  return html`<label class="field"><span>${label}</span><input inputmode="decimal" disabled=${disabled} value=${text} onInput=${type} /></label>`;
}

/** For an input of this browser's wall clock. */
function localOf(/** @type {string | null} */ utc) {
  if (!utc) return "";
  const time = new Date(utc);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
