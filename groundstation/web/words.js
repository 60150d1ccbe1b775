// How the page speaks: words from tables, numbers, dates and times as the language writes them.
//
// Each room keeps a table in its strings.js: key -> [Russian, English], with `{names}` that are
// filled in. strings.js beside this file has the words of the shell, which every page may use.

import { TABLE as SHELL } from "./strings.js";

/** @typedef {"ru" | "en"} Language */
/** @typedef {Record<string, string[]>} Table */
/** @typedef {ReturnType<typeof wordsOf>} Words */

/** @param {Language} language @param {Table} [room] words of one page, beside the shell's */
export function wordsOf(language, room = {}) {
  const column = language === "ru" ? 0 : 1;
  const locale = language === "ru" ? "ru-RU" : "en-GB";
  const relative = new Intl.RelativeTimeFormat(locale, { style: "short" });
  const table = { ...SHELL, ...room };
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });

  /** One line of the table with `{name}` filled in; an unknown key shows itself. */
  function t(/** @type {string} */ key, /** @type {Record<string, unknown>} */ values = {}) {
    const text = table[key]?.[column] ?? key;
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }

  /** Seconds as the largest unit that fits, "3 min ago". */
  function age(/** @type {number} */ seconds) {
    const s = Math.max(0, seconds);
    if (s < 90) return relative.format(-Math.round(s), "second");
    if (s < 5400) return relative.format(-Math.round(s / 60), "minute");
    if (s < 129600) return relative.format(-Math.round(s / 3600), "hour");
    return relative.format(-Math.round(s / 86400), "day");
  }

  /** The same without "ago". */
  function span(/** @type {number} */ seconds) {
    const [value, unit] =
      seconds < 90 ? [seconds, "second"]
      : seconds < 5400 ? [seconds / 60, "minute"]
      : seconds < 129600 ? [seconds / 3600, "hour"]
      : [seconds / 86400, "day"];
    return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 0 })
      .format(value);
  }

  return {
    language,
    t,
    /** The same with the words of a page. */
    with: (/** @type {Table} */ more) => wordsOf(language, { ...room, ...more }),
    age,
    span,
    celsius: (/** @type {number} */ kelvin) => `${whole.format(kelvin - 273.15)}\u00a0°C`,
    metres: (/** @type {number} */ m) => `${whole.format(m)}\u00a0${language === "ru" ? "м" : "m"}`,
    /** A word of the table, or nothing. */
    known: (/** @type {string} */ key) => (key in table ? t(key) : ""),
    count: (/** @type {number} */ n) => whole.format(n),
    kilometres: (/** @type {number} */ m) =>
      `${new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(m / 1000)}\u00a0${language === "ru" ? "км" : "km"}`,
    /** A moment on the wall clock of the place where it was, whatever this browser's zone. */
    local: (/** @type {string} */ utc, /** @type {number} */ offset_s) =>
      new Date(Date.parse(utc) + offset_s * 1000)
        .toLocaleString(locale, { dateStyle: "short", timeStyle: "short", timeZone: "UTC" }),
    /** A reason of our own buttons in words; any other as it was written. */
    reason: (/** @type {string} */ reason) => (`reason_${reason}` in table ? t(`reason_${reason}`) : reason),
    /** A number with at most so many decimals. */
    number: (/** @type {number} */ n, digits = 1) => new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(n),
    /** Seconds as hours and minutes, "7 ч 05 мин". */
    hours: (/** @type {number} */ s) =>
      `${whole.format(Math.floor(s / 3600))}\u00a0${language === "ru" ? "ч" : "h"} ${String(Math.floor(s / 60) % 60).padStart(2, "0")}\u00a0${language === "ru" ? "мин" : "min"}`,
    /** A calendar day, "2026-02-03", as people write it. */
    day: (/** @type {string} */ iso) => day.format(Date.parse(iso)),
    /** "3–5 февр. 2026 г.", with what both ends share said once. */
    days: (/** @type {string} */ from, /** @type {string} */ to) => day.formatRange(Date.parse(from), Date.parse(to)),
    speed: (/** @type {number} */ v) => `${whole.format(v)}\u00a0${language === "ru" ? "м/с" : "m/s"}`,
    clock: (/** @type {Date} */ time) => time.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" }),
    moment: (/** @type {Date} */ time) => time.toLocaleString(locale, { dateStyle: "short", timeStyle: "medium" }),
  };
}

/** Decimal degrees, as GPS units and radios take them. */
export function coordinates(/** @type {number} */ lat, /** @type {number} */ lon) {
  const half = (/** @type {number} */ v, /** @type {string} */ plus, /** @type {string} */ minus) =>
    `${Math.abs(v).toFixed(5)}° ${v < 0 ? minus : plus}`;
  return `${half(lat, "N", "S")}, ${half(lon, "E", "W")}`;
}
