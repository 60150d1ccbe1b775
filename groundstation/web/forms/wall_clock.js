// Days and times by the tablet's wall clock: "2026-05-11", "14:35".

const two = (/** @type {number} */ n) => String(n).padStart(2, "0");

export const dateOf = (/** @type {Date} */ at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
export const timeOf = (/** @type {Date} */ at) => `${two(at.getHours())}:${two(at.getMinutes())}`;

/** Noon, since some zones have days without midnight. */
export const noonOf = (/** @type {string} */ date) => new Date(`${date}T12:00:00`);

export function dayAfter(/** @type {string} */ date, days = 1) {
  const at = noonOf(date);
  at.setDate(at.getDate() + days);
  return dateOf(at);
}

/** Every date from the first to the last; at most a year of them. */
export function datesBetween(/** @type {string} */ first, /** @type {string} */ last) {
  const dates = [];
  for (let date = first; date <= last && dates.length < 366; date = dayAfter(date)) dates.push(date);
  return dates;
}

/** UTC and the offset then and there: the given one, or this device's. */
export function momentOf(/** @type {string} */ date, /** @type {string} */ time, /** @type {number | null} */ offset_s = null) {
  const wall = `${date}T${time.length === 5 ? `${time}:00` : time}`;
  if (offset_s !== null) {
    return { observed_utc: new Date(Date.parse(`${wall}Z`) - 1000 * offset_s).toISOString(), utc_offset_s: offset_s };
  }
  const at = new Date(wall);
  return { observed_utc: at.toISOString(), utc_offset_s: -60 * at.getTimezoneOffset() };
}

/** The wall clock's date and time of a stored moment, by the offset stored with it. */
export function wallOf(/** @type {string} */ utc, /** @type {number} */ offset_s) {
  const [date, time] = new Date(Date.parse(utc) + 1000 * offset_s).toISOString().split("T");
  return { date, time: time.slice(0, 8) };
}

export const offsetOn = (/** @type {string} */ date) => -60 * noonOf(date).getTimezoneOffset();

/** "1435", "14:35", "9.05" -> "14:35"; null when it is no time. */
export function parseTime(/** @type {string} */ text) {
  const found = /^\s*(\d{1,2})(?:[:. -]?([0-5]\d))?\s*$/.exec(text);
  if (!found || Number(found[1]) > 23) return null;
  return `${two(Number(found[1]))}:${found[2] ?? "00"}`;
}
