// `#/file`: writing down what happened, with the station or without it.
//
//   #/file                     what is to be written down; unfinished drafts
//   #/file/FORM/ID?new=1       a new record under that id; without `new`: its draft, or the stored one
//   #/file/docked[/ID]         what docked navigators brought
//   #/file/camera              camera traps
//   #/file/outbox              what has not reached the station

import { html } from "../vendor/htm-preact.js";
import { get } from "../api.js";
import { href } from "../pages.js";
import { isNetwork, lastKnown } from "./known.js";
import { entries } from "./outbox.js";
import { OutboxPage } from "./outbox_view.js";
import { RaidForm, raidValues } from "./raid_form.js";
import { useReference } from "./reference.js";
import { SightingForm, SiteForm } from "./sighting_form.js";
import { CameraList, DockedList, Start, TITLES, docked, fresh } from "./start.js";
import { TABLE } from "./strings.js";
import { newObservation, newRaid, newSite, seenOf } from "./values.js";

export { TABLE };

/** Which branches of the data model a tile offers. */
const ROOTS = /** @type {Record<string, string[]>} */ ({
  violation: ["violation.", "fire."],
  sign: ["tiger.", "leopard."],
  check: ["camera_trap."],
  conflict: ["conflict."],
});
const RAIDS = new Set(["raid", "ambush", "flight", "docked"]);

export function Page({ words, station, me, params, tell }) {
  const { t } = words;
  const { settings } = station;
  const [form, id] = params.rest;
  const { reference, error } = useReference(me);
  const whyNot = (/** @type {any} */ e) => (isNetwork(e) ? t("file_need_network") : [404, 403].includes(e.status) ? t("file_not_there") : e.message);
  const onFiled = () => (location.hash = href("file"));
  const common = { words, settings, me, reference, id, form, tell, onFiled, whyNot };

  function view() {
    if (form === "outbox") return html`<${OutboxPage} words=${words} me=${me} tell=${tell} />`;
    if (error) return html`<p class="none" role="alert">${isNetwork(error) ? t("file_nothing_known") : error.message}</p>`;
    if (!reference) return html`<p class="none">${t("file_loading")}</p>`;
    if (form === "docked" && !id) return html`<${DockedList} ...${common} records=${station.records} />`;
    if (form === "camera") return html`<${CameraList} ...${common} />`;
    if (!(form in TITLES) || !id) return html`<${Start} ...${common} />`;
    if (RAIDS.has(form)) return html`<${RaidForm} key=${id} ...${common} first=${() => firstRaid(form, id, params.query, me)} />`;
    if (form === "place") {
      const onPlaced = (/** @type {any} */ site) => (location.hash = fresh("check", `&site=${site.site_id}`));
      return html`<${SiteForm} key=${id} ...${common} onFiled=${onPlaced} first=${() => firstSite(id, params.query)} />`;
    }
    const roots = rootsOf(form, reference);
    return html`<${SightingForm} key=${id} ...${common} roots=${roots} first=${() => firstSeen(id, params.query, me, reference, roots)} />`;
  }

  return html`<section class="file">
    ${form && html`<a class="button back" aria-label=${t("file_back")} href=${href("file")}>‹</a>`}
    ${reference?.since_ms && html`<p class="since" role="status">${t("file_since", { when: words.moment(new Date(reference.since_ms)) })}</p>`}
    ${view()}
  </section>`;
}

/** Those of the tile, where the model has them; "something else": all that no tile offers. */
function rootsOf(/** @type {string} */ form, /** @type {any} */ reference) {
  const all = [...reference.categories.values()].filter((c) => c.path.length === 1).map((c) => c.hkey);
  const wanted = ROOTS[form] ?? (form === "observation" ? all : all.filter((root) => !Object.values(ROOTS).flat().includes(root)));
  const found = wanted.filter((root) => all.includes(root));
  return found.length ? found : all; // another park's model
}

/** @typedef {Record<string, string>} Query */

async function firstRaid(/** @type {string} */ form, /** @type {string} */ id, /** @type {Query} */ query, /** @type {any} */ me) {
  if (form === "docked") {
    const is = (/** @type {any} */ d) => d.raid.raid_id === id;
    const draft = (await docked(me)).find(is) ?? (await docked(me, true)).find(is);
    if (!draft) throw Object.assign(new Error(), { status: 404 });
    const observations = draft.observations.map((/** @type {any} */ o) => seenOf(o, draft.proposals[o.observation_id] ?? []));
    return raidValues(withAuthor(draft.raid, me), { observations, tracks: draft.tracks });
  }
  if (query.entry) return raidValues(await bodyOf(query.entry), { entry: Number(query.entry) });
  if (query.new) return raidValues(newRaid(form, id, me));
  const { raid, observations } = await get(`raids/${id}`);
  const next = { ...raid, revision: raid.revision + 1 };
  const counted = observations.filter((/** @type {any} */ o) => !o.withdrawn);
  return raidValues(next, { stored: JSON.stringify(next), observations: counted.map((/** @type {any} */ o) => seenOf(o)) });
}

/** A unit that was issued to nobody leaves a raid without people: whoever files it was there. */
function withAuthor(/** @type {any} */ raid, /** @type {any} */ me) {
  if (!me.person || raid.legs.some((/** @type {any} */ leg) => leg.members.length)) return raid;
  const members = [{ person: me.person, is_leader: true, is_pilot: false }];
  return { ...raid, legs: raid.legs.map((/** @type {any} */ leg) => ({ ...leg, members })) };
}

async function firstSeen(/** @type {string} */ id, /** @type {Query} */ query, /** @type {any} */ me, /** @type {any} */ reference, /** @type {string[]} */ roots) {
  if (query.entry) return { ...seenOf(await bodyOf(query.entry), []), proposals: null, entry: Number(query.entry) };
  if (!query.new) return seenOf(await get(`observations/${id}`));
  const site = query.site ? await siteOf(query.site, me, reference) : null;
  const place = site && { lat_deg: site.lat_deg, lon_deg: site.lon_deg, accuracy_m: null };
  const category = roots.length === 1 && !reference.categories.get(roots[0]).children.length ? roots[0] : null;
  return newObservation({ observation_id: id, category, observer: me.person ?? null, site_id: site?.site_id ?? null, place });
}

const firstSite = async (/** @type {string} */ id, /** @type {Query} */ query) =>
  query.entry ? { ...(await bodyOf(query.entry)), entry: Number(query.entry) } : newSite(id);

/** One that was filed a minute ago may still be in the outbox. */
async function siteOf(/** @type {string} */ id, /** @type {any} */ me, /** @type {any} */ reference) {
  const mine = (await entries()).filter((entry) => entry.login === me.login && entry.id === id);
  if (mine.length) return mine[0].body;
  const known = reference.sites.find((/** @type {any} */ site) => site.site_id === id);
  return known ?? (await lastKnown(me.login, `sites/${id}`, () => get(`sites/${id}`))).value;
}

async function bodyOf(/** @type {string} */ seq) {
  const entry = (await entries()).find((e) => e.seq === Number(seq));
  if (!entry) throw Object.assign(new Error(), { status: 404 });
  return entry.body;
}
