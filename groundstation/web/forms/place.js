// Places as people write them: decimal degrees, degrees and minutes, degrees minutes seconds.

/** @typedef {{ lat_deg: number, lon_deg: number, accuracy_m: number | null }} Place */

const HEMISPHERES = /** @type {Record<string, [axis: "lat" | "lon", sign: number]>} */ ({
  N: ["lat", 1], С: ["lat", 1], S: ["lat", -1], Ю: ["lat", -1],
  E: ["lon", 1], В: ["lon", 1], W: ["lon", -1], З: ["lon", -1],
}); // prettier-ignore
const EARTH_M = 6_371_000;

/**
 * "43.5123, 131.2", "43,5123 131,2", "43°30.74'N 131°12'E", "43 30 44.3 131 12 0",
 * "43°30′44″ с.ш. 131°12′ в.д." -> degrees north and east; null when it is no place.
 * @returns {Place | null}
 */
export function parsePlace(/** @type {string} */ text) {
  const letters = [...text.toUpperCase().matchAll(/(?<!\p{L})(?:([NSEW])|([СЮ])(?:\.?\s*Ш\.?)?|([ВЗ])(?:\.?\s*Д\.?)?)(?!\p{L})/gu)]
    .map((m) => HEMISPHERES[m[1] ?? m[2] ?? m[3]]);
  const rest = text.toUpperCase().replace(/[NSEWСЮВЗ]|\.?\s*Ш\.?|\.?\s*Д\.?/gu, " ").replace(/[′’'″"°º]/g, " ");
  if (/\p{L}/u.test(rest)) return null;
  const numbers = decimal(rest).match(/-?\d+(?:\.\d+)?/g)?.map(Number) ?? [];
  if (![2, 4, 6].includes(numbers.length) || ![0, 2].includes(letters.length)) return null;
  const each = numbers.length / 2;
  const values = [degrees(numbers.slice(0, each)), degrees(numbers.slice(each))];
  if (letters.length === 2 && letters[0][0] === letters[1][0]) return null;
  const swapped = letters[0]?.[0] === "lon";
  const signs = letters.map(([, sign]) => sign);
  const [a, b] = values.map((value, at) => (value === null ? null : value * (signs[at] ?? 1)));
  const [lat, lon] = swapped ? [b, a] : [a, b];
  if (lat === null || lon === null || Math.abs(lat) > 90 || Math.abs(lon) > 180) return null;
  return { lat_deg: lat, lon_deg: lon, accuracy_m: null };
}

/** A comma is a decimal one where no point is and no blank follows it. */
const decimal = (/** @type {string} */ text) =>
  text.includes(".") ? text.replace(/,/g, " ") : text.replace(/,(?=\d)/g, ".").replace(/,/g, " ");

function degrees(/** @type {number[]} */ parts) {
  const whole = parts.slice(0, -1).every(Number.isInteger);
  if (!whole || parts.slice(1).some((part) => part < 0 || part >= 60)) return null;
  const [d, m = 0, s = 0] = parts;
  const sign = d < 0 || Object.is(d, -0) ? -1 : 1;
  return sign * (Math.abs(d) + m / 60 + s / 3600);
}

/** Great-circle distance, metres. */
export function metresBetween(/** @type {{ lat_deg: number, lon_deg: number }} */ a, /** @type {{ lat_deg: number, lon_deg: number }} */ b) {
  const rad = Math.PI / 180;
  const [lat1, lat2] = [a.lat_deg * rad, b.lat_deg * rad];
  const h = Math.sin((lat2 - lat1) / 2) ** 2
    + Math.cos(lat1) * Math.cos(lat2) * Math.sin(((b.lon_deg - a.lon_deg) * rad) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)));
}
