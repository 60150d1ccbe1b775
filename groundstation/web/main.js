// Joins records, map and panel into the page.

import { html, render, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { createAlarm } from "./alarm.js";
import { HotspotList } from "./live/cards.js";
import { DockBoard, boardLines, isBusy } from "./dock/board.js";
import { createMap } from "./live/map.js";
import { Refused, act, getSettings, openRecords } from "./records.js";
import { strings } from "./words.js";
import { createTracks } from "./map/tracks.js";
import { VehicleList, isSilent } from "./live/vehicles.js";

/** @import { Docked } from "./dock/records.js" */
/** @import { Hotspot } from "./records.js" */

const FRESH_MS = 600_000;
const RETRY_MS = 2_000;
const TOAST_MS = 6_000;
const alarm = createAlarm();

/** A choice that outlives the visit. */
function useKept(/** @type {string} */ key, /** @type {string} */ initial) {
  const [value, setValue] = useState(localStorage.getItem(key) ?? initial);
  return [
    value,
    (/** @type {string} */ next) => {
      localStorage.setItem(key, next);
      setValue(next);
    },
  ];
}

/** Redraws once a second, for the ages. */
function useNow() {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** Map and records live outside the component tree; the tree is told when they changed. */
function useStation(
  /** @type {any} */ settings,
  /** @type {(id: string | null) => void} */ onSelect,
  /** @type {() => void} */ onFollowEnd,
) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const station = useRef(/** @type {any} */ (null));
  const [link, setLink] = useState(/** @type {boolean | null} */ (null));
  const [, setVersion] = useState(0);

  useEffect(() => {
    const map = createMap(/** @type {HTMLElement} */ (place.current), { settings, onSelect, onFollowEnd });
    let redraw = 0;
    const changed = () => {
      redraw ||= requestAnimationFrame(() => {
        redraw = 0;
        setVersion((v) => v + 1);
      });
    };
    const records = openRecords({
      onLink: setLink,
      onHotspot(hotspot, known) {
        map.showHotspot(hotspot);
        // By its arrival: a vehicle may come out of a valley, or have a wrong clock.
        const fresh = Date.now() + records.clockAhead_ms - Date.parse(hotspot.received_utc) < FRESH_MS;
        const fire = hotspot.kind === "fire" && hotspot.state === "new";
        if (fire && known?.kind !== "fire" && (fresh || known)) alarm.sound();
        changed();
      },
      onVehicle(vehicle) {
        map.showVehicle(vehicle, String(vehicle.system_id));
        changed();
      },
      onTrail: map.showTrail,
      onDock: changed,
    });
    station.current = { map, records, tracks: createTracks(map.map) };
    // Tests and the console reach the map through here.
    Object.assign(globalThis, { kedrovka: station.current });
  }, []);
  return { place, station: station.current, link };
}

// Drawn here, because a station's laptop may lack the font with these signs.
const Bell = ({ on }) => html`<svg class="sign" viewBox="0 0 24 24" aria-hidden="true">
  <path d="M12 3 C8 3 7 6 7 9 L7 14 L5 17 L19 17 L17 14 L17 9 C17 6 16 3 12 3 Z M10 19 A2 2 0 0 0 14 19" />
  ${!on && html`<path d="M4 4 L20 20" />`}
</svg>`;
const HalfDisc = () => html`<svg class="sign" viewBox="0 0 24 24" aria-hidden="true">
  <circle cx="12" cy="12" r="8" /><path d="M12 4 A8 8 0 0 1 12 20 Z" fill="currentColor" />
</svg>`;

const Navigator = () => html`<svg class="sign" viewBox="0 0 24 24" aria-hidden="true">
  <path d="M8 5 L8 3 L10 3 L10 5 M7 5 L17 5 L17 21 L7 21 Z M9.5 8 L14.5 8 L14.5 14 L9.5 14 Z M10.5 17.5 L13.5 17.5" />
</svg>`;

/** The browser's language where the station speaks it, else the station's first. */
function preferredLanguage(/** @type {string[]} */ spoken) {
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2));
  return wanted.find((language) => spoken.includes(language)) ?? spoken[0];
}

function Page({ settings }) {
  const [language, setLanguage] = useKept("language", preferredLanguage(settings.languages));
  const [who, setWho] = useKept("who", "");
  const [theme, setTheme] = useKept("theme", "dark");
  const [sound, setSound] = useState(false);
  const [tab, setTab] = useState("new");
  const [docking, setDocking] = useState(false);
  const [selected, setSelected] = useState(/** @type {string | null} */ (null));
  const [followed, setFollowed] = useState(/** @type {number | null} */ (null));
  const [toast, setToast] = useState("");
  const tick = useNow();
  const words = strings(/** @type {"ru" | "en"} */ (language));
  const { place, station, link } = useStation(settings, setSelected, () => setFollowed(null));
  const now = tick + (station?.records.clockAhead_ms ?? 0);

  useEffect(() => {
    document.documentElement.lang = language;
    document.documentElement.dataset.theme = theme;
    document.title = words.t("title");
  }, [language, theme]);

  useEffect(() => {
    for (const vehicle of station?.records.vehicles.values() ?? []) {
      station.map.showSilence(vehicle.system_id, isSilent(vehicle, now));
    }
  });
  useEffect(() => station?.map.showDismissed(tab === "dismissed"), [tab, station]);

  useEffect(() => {
    if (!station) return;
    station.map.select(selected);
    const hotspot = selected && station.records.hotspots.get(selected);
    if (hotspot) setTab(hotspot.state);
    if (hotspot) setDocking(false);
    if (selected) requestAnimationFrame(() => document.getElementById(`card-${selected}`)?.scrollIntoView({ block: "nearest" }));
  }, [selected, station]);

  function choose(/** @type {string} */ id) {
    setSelected(id);
    station.map.goTo(station.records.hotspots.get(id));
  }

  function follow(/** @type {number | null} */ systemId) {
    setFollowed(systemId);
    station.map.follow(systemId);
  }

  useEffect(() => {
    const timer = setTimeout(() => setToast(""), TOAST_MS);
    return () => clearTimeout(timer);
  }, [toast]);

  /** Why a decision was not saved, in the reader's words. */
  function why(/** @type {unknown} */ error) {
    if (!(error instanceof Refused)) return words.t("offline");
    return error.status === 503 ? words.t("disk_trouble") : error.message;
  }

  function askName() {
    document.getElementById("who")?.focus();
    setToast(words.t("who_first"));
  }

  async function decide(/** @type {Hotspot} */ hotspot, /** @type {any} */ action, /** @type {string} */ reason) {
    if (!who.trim()) return askName();
    try {
      station.records.takeHotspot(await act(hotspot.hotspot_id, action, { who, ...(reason && { reason }) }));
    } catch (error) {
      const elsewhere = error instanceof Refused && error.status === 409;
      setToast(elsewhere ? words.t("decided_elsewhere") : words.t("save_failed", { why: why(error) }));
    }
  }

  function toggleSound() {
    sound ? alarm.disable() : alarm.enable();
    setSound(!sound);
  }

  const { t } = words;
  const board = /** @type {Docked[]} */ (station ? boardLines(station.records.docked.values(), now) : []);
  const docked = board.filter((d) => d.phase !== "gone");
  const hotspots = /** @type {Hotspot[]} */ (station ? [...station.records.hotspots.values()] : []);
  const alarms = hotspots.filter((h) => h.state === "new").length;
  const linkWord = link === null ? "connecting" : link ? "live" : "offline";
  return html`
    <header>
      <img src="bird.svg" alt="" />
      <div>
        <h1>${t("title")}</h1>
        <div class="station">${settings.name}</div>
      </div>
      <div class=${link === false ? "link down" : "link"} role="status">${t(linkWord)}</div>
      <div class="gap"></div>
      <label class="who">
        <span class="wide">${t("who")}</span>
        <input id="who" maxlength="80" value=${who} placeholder=${t("who_hint")}
          onInput=${(/** @type {any} */ event) => setWho(event.target.value)} />
      </label>
      <button
        class=${docked.some(isBusy) ? "to-dock busy" : "to-dock"}
        aria-pressed=${docking}
        aria-label=${`${t("dock")} ${docked.length}`}
        onClick=${() => setDocking(!docking)}
      >
        <${Navigator} /><span class="wide">${t("dock")}</span>
        ${docked.length > 0 && html`<span class="count">${docked.length}</span>`}
      </button>
      <button aria-pressed=${sound} onClick=${toggleSound}>
        <${Bell} on=${sound} /><span class="wide">${t(sound ? "sound_on" : "sound_off")}</span>
      </button>
      <button
        class="icon"
        title=${t("theme")}
        aria-label=${t("theme")}
        onClick=${() => setTheme(theme === "dark" ? "light" : "dark")}
      >
        <${HalfDisc} />
      </button>
      <button onClick=${() => setLanguage(language === "ru" ? "en" : "ru")}>${t("language")}</button>
      <div class="clock">${words.clock(new Date(now))}</div>
    </header>
    <div id="map" ref=${place}>
      <div class="map-tools">
        <button onClick=${() => station?.map.showAll()}>${t("show_all")}</button>
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
      <${VehicleList}
        words=${words}
        vehicles=${station ? [...station.records.vehicles.values()] : []}
        followed=${followed}
        onFollow=${follow}
        now=${now}
      />
      ${docking && alarms > 0
        ? html`<button class="primary alarms" onClick=${() => setDocking(false)}>
            ${t("dock_new_alarms", { n: alarms })}
          </button>`
        : null}
      ${docking && station
        ? html`<${DockBoard}
            words=${words}
            station=${station}
            who=${who}
            now=${now}
            onTrouble=${(/** @type {string} */ failed, /** @type {unknown} */ error) =>
              setToast(t(failed, { why: words.complaint(why(error)) }))}
            onNameMissing=${askName}
          />`
        : html`<${HotspotList}
            words=${words}
            hotspots=${hotspots}
            tab=${tab}
            onTab=${setTab}
            selected=${selected}
            onSelect=${choose}
            onAct=${decide}
            now=${now}
          />`}
    </aside>
    ${toast && html`<div class="toast" role="alert">${toast}</div>`}
  `;
}

/** The station may be just starting. */
async function settingsAtLast(/** @type {HTMLElement} */ root) {
  for (;;) {
    try {
      return await getSettings();
    } catch {
      root.textContent = strings(preferredLanguage(["ru", "en"])).t("offline");
      await new Promise((done) => setTimeout(done, RETRY_MS));
    }
  }
}

const root = /** @type {HTMLElement} */ (document.getElementById("page"));
const settings = await settingsAtLast(root);
root.textContent = "";
render(html`<${Page} settings=${settings} />`, root);
