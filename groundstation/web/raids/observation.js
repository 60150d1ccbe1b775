// One observation by itself: an incident outside any raid.

import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { Refused, get } from "../api.js";
import { useReference } from "../forms/reference.js";
import { useAnswer } from "../hooks.js";
import { href } from "../pages.js";
import { Sign } from "../signs.js";
import { Find } from "./finds.js";
import { createRaidMap } from "./raid_map.js";
import { TABLE } from "./strings.js";
import { categoryOf } from "./telling.js";
import { Turn } from "./turn.js";

export { TABLE };

const NOWHERE = { lat_deg: null, lon_deg: null };

export function Page({ words, station, me, params, tell }) {
  const { t } = words;
  const id = params.rest[0] ?? "";
  const { reference } = useReference(me);
  const { value: flaws } = useAnswer(() => get("flaws"), []);
  const { value: o, error, again } = useAnswer(() => get(`observations/${encodeURIComponent(id)}`), [id]);
  const { value: pictures } = useAnswer(() => get(`photographs?observation=${encodeURIComponent(id)}`), [id]);
  const [asking, setAsking] = useState(false);
  const target = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (!o || !target.current) return;
    const map = createRaidMap(target.current, { settings: station.settings, onObservation: () => {}, onPlace: () => {} });
    map.showFinds([o], NOWHERE);
    map.fit();
    return () => map.map.setTarget(null);
  }, [o]);
  if (error && !o) return html`<p class="sheet trouble" role="alert">${error instanceof Refused ? error.detail : t("offline")}</p>`;
  if (!o) return html`<p class="sheet quiet">${t("connecting")}</p>`;
  return html`<article class="raid-page">
    <header class="raid-top">
      <a class="button icon" href=${href("observations")} aria-label=${t("back")}><${Sign} name="back" /></a>
      <div class="naming"><h1>${categoryOf(words, reference, o.category)}</h1>
        <div class="quiet">${o.raid_id === null ? t("no_raid") : html`<a href=${href("raid", o.raid_id)}>${t("to_raid")}</a>`}</div></div>
      <div class="doing">
        ${me.may.has("file") && html`<a class="button primary" href=${href("file", "observation", id)}><${Sign} name="pen" /><span>${t("edit")}</span></a>`}
        ${me.may.has("withdraw") && html`<button aria-expanded=${asking} onClick=${() => setAsking(!asking)}>${t(o.withdrawn === null ? "withdraw" : "restore")}</button>`}
      </div>
      ${asking && html`<${Turn} words=${words} path=${`observations/${id}`} record=${o} tell=${tell} onDone=${() => (setAsking(false), again())} onCancel=${() => setAsking(false)} />`}
    </header>
    <div class="raid-body">
      <section class="ground"><div class="map" ref=${target}></div></section>
      <section class="telling"><ul class="finds">
        <${Find} words=${words} reference=${reference} flaws=${flaws} names=${{}} observation=${o} pictures=${pictures?.items ?? pictures} selected=${true} onSelect=${() => {}} />
      </ul></section>
    </div>
  </article>`;
}
