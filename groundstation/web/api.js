// Calls to the station: JSON in and out, the token that proves the page is ours, refusals in words.

const API = "api/v1";
const DEADLINE_MS = 15_000;

/** The station answered, and refused; `detail` is a sentence in the reader's language. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} detail
   * @param {{ code?: string | null, values?: Record<string, any>, retryAfter_s?: number | null }} [rest]
   */
  constructor(status, detail, { code = null, values = {}, retryAfter_s = null } = {}) {
    super(detail);
    this.status = status;
    this.detail = detail;
    this.code = code;
    this.values = values;
    this.retryAfter_s = retryAfter_s;
  }
}

/**
 * @typedef {object} Options
 * @property {number} [deadline_ms]
 * @property {AbortSignal} [signal]
 * @property {boolean} [quiet] true: a lost session is thrown, not asked about
 */

/** Of the session this page belongs to; see session.js. */
let session = { login: "", csrf: "" };
/** Asks the person to sign in again; done when they have. @type {(() => Promise<void>) | null} */
let door = null;

export const proveBy = (/** @type {{ login: string, csrf: string }} */ { login, csrf }) => void (session = { login, csrf });
export const onSessionLost = (/** @type {(() => Promise<void>) | null} */ ask) => void (door = ask);

/** @param {string} path @param {Options} [options] @returns {Promise<any>} */
export const get = (path, options) => call("GET", path, null, options);
/** @param {string} path @param {object | Blob | null} body @param {Options} [options] @returns {Promise<any>} */
export const put = (path, body, options) => call("PUT", path, body, options);
/** @param {string} path @param {object | Blob | null} [body] @param {Options} [options] @returns {Promise<any>} */
export const post = (path, body = null, options) => call("POST", path, body, options);
/** @param {string} path @param {Options} [options] @returns {Promise<any>} */
export const del = (path, options) => call("DELETE", path, null, options);

/** For who sends by themselves, without asking anybody: a lost session is thrown. */
export const send = (/** @type {string} */ method, /** @type {string} */ path, /** @type {object | Blob | null} */ body) =>
  call(method, path, body, { quiet: true });

/** A text that is not JSON: a part of a report. @param {string} path @returns {Promise<string>} */
export const getText = (path) => call("GET", path, null, { deadline_ms: 60_000 }, (answer) => answer.text());

/** Where a browser fetches something by itself: a picture, a file. */
export const urlOf = (/** @type {string} */ path) => `${API}/${path}`;

/** `?a=1&b=2` of those that have a value. */
export function query(/** @type {Record<string, string | number | boolean | null | undefined>} */ values) {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text && `?${text}`;
}

/**
 * Throws Refused, or the network's own error when nobody answers. A session that ended is asked
 * for again, and the call goes out once more: whoever was typing loses nothing.
 * @param {string} method
 * @param {string} path below /api/v1
 * @param {object | Blob | null} body
 * @param {Options} [options]
 * @param {(answer: Response) => Promise<any>} [read]
 */
async function call(method, path, body, options = {}, read = readJson) {
  for (let tries = 0; ; tries++) {
    const answer = await ask(method, path, body, options);
    if (answer.ok) return read(answer);
    const refused = await refusalOf(answer);
    if (tries > 0) throw refused;
    if (refused.code === "csrf" && (await renewed())) continue;
    if (options.quiet || !door || refused.code !== "sign_in") throw refused;
    await door();
  }
}

/** The same person signed in anew in another tab: this one's token is another now. */
async function renewed() {
  const answer = await ask("GET", "me", null, {});
  const me = answer.ok ? await answer.json() : null;
  if (me?.login !== session.login) return false;
  proveBy(me);
  return true;
}

/** @param {string} method @param {string} path @param {object | Blob | null} body @param {Options} options */
function ask(method, path, body, { deadline_ms = DEADLINE_MS, signal }) {
  const deadline = AbortSignal.timeout(deadline_ms);
  const json = body !== null && !(body instanceof Blob);
  return fetch(urlOf(path), {
    method,
    headers: {
      ...(json && { "Content-Type": "application/json" }),
      ...(method !== "GET" && session.csrf && { "X-Kedrovka-CSRF": session.csrf }),
    },
    ...(body !== null && { body: json ? JSON.stringify(body) : body }),
    signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
  });
}

const readJson = (/** @type {Response} */ answer) => (answer.status === 204 ? null : answer.json());

async function refusalOf(/** @type {Response} */ answer) {
  const body = await answer.json().catch(() => ({}));
  const wait = Number(answer.headers.get("Retry-After"));
  return new Refused(answer.status, detailOf(body, answer.statusText), {
    code: body.code ?? null,
    values: body.values ?? {},
    retryAfter_s: wait || null,
  });
}

/** The sentence; where fields were wrong, their names and what was wrong with them. */
function detailOf(/** @type {any} */ body, /** @type {string} */ otherwise) {
  if (typeof body.detail === "string") return body.detail;
  if (!Array.isArray(body.detail)) return otherwise;
  return body.detail.map((/** @type {any} */ { loc, msg }) => `${loc.slice(1).join(".")}: ${msg}`).join("; ");
}
