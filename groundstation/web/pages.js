// Every page, its address, who may open it, and where it stands in the navigation.
//
// An address is `#/page/more/of/it?name=value`; the page gets `params` = { rest: ["more", "of",
// "it"], query: { name: "value" } }. A page's module exports `Page`, a component that gets
// { words, station, me, go, params, tell, shown }, and `TABLE`, its words; see words.js.

/**
 * @typedef {object} PageRow
 * @property {() => Promise<{ Page: any, TABLE: import("./words.js").Table }>} load
 * @property {string} [may] the right it needs; none: everybody who is signed in
 * @property {string} [sign] its sign in the navigation; none: it is reached from elsewhere
 * @property {string} [under] the page that is lit in the navigation meanwhile
 * @property {true} [kept] once visited it stays alive, out of sight, while others are shown
 */

/** In the order of the navigation. @type {Record<string, PageRow>} */
export const PAGES = {
  live: { load: () => import("./live/page.js"), may: "hotspots", sign: "map", kept: true },
  raids: { load: () => import("./raids/page.js"), may: "read", sign: "way", kept: true },
  raid: { load: () => import("./raids/raid.js"), may: "read", under: "raids" },
  observations: { load: () => import("./raids/observations.js"), may: "read", under: "raids", kept: true },
  observation: { load: () => import("./raids/observation.js"), may: "read", under: "raids" },
  file: { load: () => import("./forms/page.js"), may: "file", sign: "pen" },
  quarter: { load: () => import("./quarter/page.js"), may: "analyse", sign: "bars" },
  count: { load: () => import("./count/page.js"), may: "read", sign: "paw" },
  people: { load: () => import("./people/page.js"), may: "read", sign: "people" },
  model: { load: () => import("./model/page.js"), may: "read", sign: "tree" },
  accounts: { load: () => import("./access/accounts.js"), may: "manage", sign: "key" },
  audit: { load: () => import("./access/audit.js"), may: "audit", sign: "log" },
  account: { load: () => import("./access/account.js") },
};

/** @typedef {{ page: string, rest: string[], query: Record<string, string> }} Route */

/** @returns {Route} an empty page: none is named */
export function parse(/** @type {string} */ hash) {
  const [path, search = ""] = hash.replace(/^#?\/?/, "").split("?");
  const [page, ...rest] = path.split("/").filter(Boolean).map(decoded);
  return { page: page ?? "", rest, query: Object.fromEntries(new URLSearchParams(search)) };
}

/** The address of a page: `href("raid", id)`. */
export const href = (/** @type {string[]} */ ...parts) => `#/${parts.map(encodeURIComponent).join("/")}`;

/** Whether that person may open that page. */
export const opens = (/** @type {string} */ page, /** @type {Set<string>} */ may) =>
  page in PAGES && (PAGES[page].may === undefined || may.has(PAGES[page].may));

/** Where somebody arrives who named no page. */
export const firstPage = (/** @type {Set<string>} */ may) =>
  /** @type {string} */ (Object.keys(PAGES).find((page) => PAGES[page].sign && opens(page, may)) ?? "account");

function decoded(/** @type {string} */ part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a percent sign that means itself
  }
}
