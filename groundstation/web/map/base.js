// The ground under every map of the page: terrain tiles, scale, the place under the finger.

// OpenLayers' full build sets this global; see index.html.
const ol = /** @type {any} */ (globalThis).ol;

/** @typedef {{ lat_deg: number, lon_deg: number, zoom: number, min_tile_zoom: number, max_tile_zoom: number }} Settings */

/** A place in the map's own metres. @returns {number[]} */
export const at = (/** @type {number} */ lon, /** @type {number} */ lat) => ol.proj.fromLonLat([lon, lat]);

/** @param {HTMLElement} target @param {Settings} settings @param {any[]} layers above the tiles */
export const baseMap = (target, settings, layers) =>
  new ol.Map({
    target,
    layers: [
      new ol.layer.Tile({
        source: new ol.source.XYZ({
          url: "api/v1/tiles/{z}/{x}/{y}.png",
          minZoom: settings.min_tile_zoom,
          maxZoom: settings.max_tile_zoom,
        }),
      }),
      ...layers,
    ],
    view: new ol.View({
      center: at(settings.lon_deg, settings.lat_deg),
      zoom: settings.zoom,
      minZoom: settings.min_tile_zoom,
      maxZoom: 19,
    }),
    controls: [
      new ol.control.Zoom({ zoomInTipLabel: "+", zoomOutTipLabel: "−" }),
      new ol.control.ScaleLine({ minWidth: 90 }),
      new ol.control.MousePosition({
        projection: "EPSG:4326",
        coordinateFormat: ([lon, lat]) => `${lat.toFixed(5)}, ${lon.toFixed(5)}`,
        placeholder: "",
      }),
    ],
  });

export const stroke = (/** @type {string} */ color, /** @type {number} */ width, /** @type {number[]} */ lineDash = []) =>
  new ol.style.Stroke({ color, width, lineDash });

export const fill = (/** @type {string} */ color) => new ol.style.Fill({ color });
