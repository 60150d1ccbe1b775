// Places as people write them: decimal degrees, degrees and minutes, degrees minutes seconds.

/** @typedef {{ lat_deg: number, lon_deg: number, accuracy_m: number | null }} Place */

const HEMISPHERES = /** @type {Record<string, [axis: "lat" | "lon", sign: number]>} */ ({
  N: ["lat", 1], С: ["lat", 1], S: ["lat", -1], Ю: ["lat", -1],
  E: ["lon", 1], В: ["lon", 1], W: ["lon", -1], З: ["lon", -1],
}); // prettier-ignore
const EARTH_M = 6_371_000;

const LETTER = /(?<!\p{L})(?:([NSEW])|([СЮ])(?:\.?\s*Ш\.?)?|([ВЗ])(?:\.?\s*Д\.?)?)(?!\p{L})/gu;

/**
 * "43.5123, 131.2", "43,5123 131,2", "43°30.74'N 131°12'E", "43 30 44.3 131 12 0",
 * "43°30′44″ с.ш. 131°12′ в.д." -> degrees north and east; null when it is no place.
 * @returns {Place | null}
 */
export function parsePlace(/** @type {string} */ text) {
  const upper = text.toUpperCase();
  const letters = [...upper.matchAll(LETTER)];
  if (![0, 2].includes(letters.length) || /\p{L}/u.test(upper.replace(LETTER, " "))) return null;
  const [first, second] = letters.map((m) => HEMISPHERES[m[1] ?? m[2] ?? m[3]]);
  if (first && first[0] === second[0]) return null;
  const [one, other] = halves(upper, letters).map(degrees);
  if (one == null || other == null) return null;
  const a = one * (first?.[1] ?? 1);
  const b = other * (second?.[1] ?? 1);
  const [lat_deg, lon_deg] = first?.[0] === "lon" ? [b, a] : [a, b];
  return Math.abs(lat_deg) > 90 || Math.abs(lon_deg) > 180 ? null : { lat_deg, lon_deg, accuracy_m: null };
}

/** Numbers of the one coordinate and of the other: parted by their letters, else by their count. */
function halves(/** @type {string} */ upper, /** @type {RegExpMatchArray[]} */ letters) {
  const numbers = (/** @type {string} */ part) => decimal(part.replace(LETTER, " ")).match(/-?\d+(?:\.\d+)?/g)?.map(Number) ?? [];
  if (letters.length === 2) {
    const [one, other] = letters.map((m) => /** @type {number} */ (m.index));
    const before = /\d/.test(upper.slice(0, one)); // 43 N, as against N 43
    const cut = before ? one + letters[0][0].length : other;
    return [numbers(upper.slice(0, cut)), numbers(upper.slice(cut))];
  }
  const all = numbers(upper);
  return all.length % 2 ? [] : [all.slice(0, all.length / 2), all.slice(all.length / 2)];
}

/** A comma is a decimal one where no point is and no blank follows it. */
const decimal = (/** @type {string} */ text) =>
  text.includes(".") ? text.replace(/,/g, " ") : text.replace(/,(?=\d)/g, ".").replace(/,/g, " ");

/** Of one to three numbers; null when they are no angle. */
function degrees(/** @type {number[]} */ parts) {
  if (parts.length < 1 || parts.length > 3) return null;
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
