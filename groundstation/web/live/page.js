// The live page: map, vehicles, hotspots, and the docking board at their place.

import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { Refused } from "../api.js";
import { DockBoard } from "../dock/board.js";
import { TABLE as DOCK, complaint } from "../dock/strings.js";
import { useChanges, useNow } from "../hooks.js";
import { createTracks } from "../map/tracks.js";
import { newAlarms } from "../navigation.js";
import { act } from "../records.js";
import { HotspotList } from "./cards.js";
import { createMap } from "./map.js";
import { TABLE as LIVE } from "./strings.js";
import { VehicleList, isSilent } from "./vehicles.js";

/** @import { Hotspot } from "../records.js" */

export const TABLE = { ...LIVE, ...DOCK };

/** The map lives outside the component tree. */
function useMap(/** @type {any} */ station, /** @type {(id: string | null) => void} */ onSelect, /** @type {() => void} */ onFollowEnd) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const [made, setMade] = useState(/** @type {any} */ (null));
  useEffect(() => {
    const { settings, records } = station;
    const map = createMap(/** @type {HTMLElement} */ (place.current), { settings, onSelect, onFollowEnd });
    const unwatch = records.watch({
      onHotspot: map.showHotspot,
      onVehicle: (/** @type {any} */ vehicle) => map.showVehicle(vehicle, String(vehicle.system_id)),
      onTrail: map.showTrail,
    });
    const tracks = createTracks(map.map);
    setMade({ map, tracks });
    // Tests and the console reach the map through here.
    Object.assign(globalThis.kedrovka, { map, tracks });
    return () => {
      unwatch();
      map.map.setTarget(null);
    };
  }, []);
  return { place, map: made?.map, tracks: made?.tracks };
}

export function Page({ words, station, me, go, params, tell }) {
  const [tab, setTab] = useState("new");
  const [selected, setSelected] = useState(/** @type {string | null} */ (null));
  const [followed, setFollowed] = useState(/** @type {number | null} */ (null));
  const { records } = station;
  const { place, map, tracks } = useMap(station, setSelected, () => setFollowed(null));
  const docking = params.rest[0] === "dock" && me.may.has("dock");
  useChanges(records);
  const now = useNow(records);

  useEffect(() => {
    for (const vehicle of records.vehicles.values()) map?.showSilence(vehicle.system_id, isSilent(vehicle, now));
  });
  useEffect(() => map?.showDismissed(tab === "dismissed"), [tab, map]);

  useEffect(() => {
    if (!map) return;
    map.select(selected);
    const hotspot = selected && records.hotspots.get(selected);
    if (hotspot) setTab(hotspot.state);
    if (hotspot && docking) go("live");
    if (selected) requestAnimationFrame(() => document.getElementById(`card-${selected}`)?.scrollIntoView({ block: "nearest" }));
  }, [selected, map]);

  function choose(/** @type {string} */ id) {
    setSelected(id);
    map.goTo(records.hotspots.get(id));
  }

  function follow(/** @type {number | null} */ systemId) {
    setFollowed(systemId);
    map.follow(systemId);
  }

  /** Why a decision was not saved, in the reader's words. */
  function why(/** @type {unknown} */ error) {
    if (!(error instanceof Refused)) return words.t("offline");
    return error.status === 503 ? words.t("disk_trouble") : error.message;
  }

  async function decide(/** @type {Hotspot} */ hotspot, /** @type {any} */ action, /** @type {string} */ reason) {
    try {
      records.takeHotspot(await act(hotspot.hotspot_id, action, reason));
    } catch (error) {
      const elsewhere = error instanceof Refused && error.status === 409;
      tell(elsewhere ? words.t("decided_elsewhere") : words.t("save_failed", { why: why(error) }));
    }
  }

  const { t } = words;
  const alarms = newAlarms(records);
  return html`
    <div id="map" class="map" ref=${place}>
      <div class="map-tools">
        <button onClick=${() => map?.showAll()}>${t("show_all")}</button>
      </div>
      <div class="legend" aria-hidden="true">
        <span><i></i>${t("legend_fire")}</span>
        <span class="signature"><i></i>${t("legend_signature")}</span>
        <span class="ce90"><i></i>${t("legend_ce90")}</span>
        <span class="view"><i></i>${t("legend_view")}</span>
        <span class="no-terrain"><i></i>${t("legend_no_terrain")}</span>
      </div>
    </div>
    <aside>
      <${VehicleList} words=${words} vehicles=${[...records.vehicles.values()]} followed=${followed} onFollow=${follow} now=${now} />
      ${docking && alarms > 0
        ? html`<button class="alarms" onClick=${() => go("live")}>${t("new_alarms", { n: alarms })}</button>`
        : null}
      ${docking && tracks
        ? html`<${DockBoard}
            words=${words}
            station=${{ records, tracks }}
            me=${me}
            now=${now}
            onTrouble=${(/** @type {string} */ failed, /** @type {unknown} */ error) =>
              tell(t(failed, { why: complaint(words, why(error)) }))}
          />`
        : html`<${HotspotList}
            words=${words}
            hotspots=${[...records.hotspots.values()]}
            decides=${me.may.has("decide")}
            tab=${tab}
            onTab=${setTab}
            selected=${selected}
            onSelect=${choose}
            onAct=${decide}
            now=${now}
          />`}
    </aside>
  `;
}
