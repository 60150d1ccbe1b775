// Where it was: from the navigator, from this device, from a tap on the map, or as it was written down.

import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { at, baseMap, fill, stroke } from "../map/base.js";
import { coordinates } from "../words.js";
import { metresBetween, parsePlace } from "./place.js";

/** @import { Place } from "./place.js" */

// OpenLayers' full build sets this global; see index.html.
const ol = /** @type {any} */ (globalThis).ol;
const FIX_DEADLINE_MS = 30_000;
const FAR_M = 200_000;

export function PlaceField({ words, settings, value, onChange }) {
  const { t } = words;
  const [mode, setMode] = useState(/** @type {"" | "map" | "typed"} */ (""));
  const [trouble, setTrouble] = useState("");
  const [seeking, setSeeking] = useState(false);
  const far_m = value && metresBetween(value, settings);

  function take(/** @type {Place} */ place) {
    setTrouble("");
    onChange(place);
  }

  function fromDevice() {
    setMode("");
    setTrouble("");
    if (!navigator.geolocation) return setTrouble("file_place_denied");
    setSeeking(true);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        setSeeking(false);
        take({ lat_deg: coords.latitude, lon_deg: coords.longitude, accuracy_m: Math.round(coords.accuracy) });
      },
      (error) => {
        setSeeking(false);
        setTrouble(error.code === error.PERMISSION_DENIED ? "file_place_denied" : "file_place_no_fix");
      },
      { enableHighAccuracy: true, timeout: FIX_DEADLINE_MS, maximumAge: 0 },
    );
  }

  return html`<div class="place-field">
    <div class="where" aria-live="polite">
      ${value ? coordinates(value.lat_deg, value.lon_deg) : t("file_place_none")}
      ${value?.accuracy_m ? html`<small>±${words.metres(value.accuracy_m)}</small>` : null}
      ${value && html`<button type="button" class="plain" onClick=${() => onChange(null)}>${t("file_clear")}</button>`}
    </div>
    ${far_m && far_m > FAR_M ? html`<div class="complaint" role="alert">${t("file_place_far", { far: words.kilometres(far_m) })}</div>` : null}
    ${trouble && html`<div class="complaint" role="alert">${t(trouble)}</div>`}
    <div class="choice">
      <button type="button" disabled=${seeking} onClick=${fromDevice}>${t(seeking ? "file_place_seeking" : "file_place_device")}</button>
      <button type="button" aria-pressed=${mode === "map"} onClick=${() => setMode(mode === "map" ? "" : "map")}>${t("file_place_map")}</button>
      <button type="button" aria-pressed=${mode === "typed"} onClick=${() => setMode(mode === "typed" ? "" : "typed")}>${t("file_place_typed")}</button>
    </div>
    ${mode === "map" && html`<${PlaceMap} settings=${settings} value=${value} onPick=${take} />`}
    ${mode === "typed" && html`<${TypedPlace} words=${words} value=${value} onPick=${take} />`}
  </div>`;
}

function TypedPlace({ words, value, onPick }) {
  const { t } = words;
  const [text, setText] = useState(value ? `${value.lat_deg.toFixed(6)}, ${value.lon_deg.toFixed(6)}` : "");
  const place = parsePlace(text);
  return html`<div class="typed">
    <input aria-label=${t("file_place_typed")} placeholder="43.51234, 131.26789" value=${text} maxlength="80"
      onInput=${(/** @type {any} */ event) => {
        setText(event.target.value);
        const found = parsePlace(event.target.value);
        if (found) onPick(found);
      }} />
    <small>${place ? coordinates(place.lat_deg, place.lon_deg) : t(text.trim() ? "file_place_not_understood" : "file_place_forms")}</small>
  </div>`;
}

/** A tap sets the place; dragging moves the map. */
function PlaceMap({ settings, value, onPick }) {
  const target = useRef(/** @type {HTMLElement | null} */ (null));
  const source = useRef(/** @type {any} */ (null));
  useEffect(() => {
    source.current = new ol.source.Vector();
    const image = new ol.style.Circle({ radius: 11, fill: fill("#ff4d1ccc"), stroke: stroke("#ffffff", 3) });
    const mark = new ol.layer.Vector({ source: source.current, style: new ol.style.Style({ image }) });
    const map = baseMap(/** @type {HTMLElement} */ (target.current), settings, [mark]);
    if (value) map.getView().setCenter(at(value.lon_deg, value.lat_deg));
    map.on("click", (/** @type {any} */ event) => {
      const [lon_deg, lat_deg] = ol.proj.toLonLat(event.coordinate);
      onPick({ lat_deg, lon_deg, accuracy_m: null });
    });
    return () => map.setTarget(undefined);
  }, []);
  useEffect(() => {
    source.current.clear();
    if (value) source.current.addFeature(new ol.Feature(new ol.geom.Point(at(value.lon_deg, value.lat_deg))));
  }, [value?.lat_deg, value?.lon_deg]);
  return html`<div class="place-map map" ref=${target}></div>`;
}
