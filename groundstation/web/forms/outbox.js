// The only way a record leaves the page: written to this browser's disk first, sent in order
// afterwards, and kept until the station has said that it is on its disk.
//
//   waiting  -> sent (forgotten)      2xx
//            -> waiting               no network, 408, 425, 429, 5xx: again later
//            -> conflict              409 changed_elsewhere: a person chooses
//            -> refused               any other 4xx: a person reads why, mends it or tries again
//   conflict -> waiting | aside       mine | theirs
//   refused  -> waiting | aside
//   aside    -> waiting               stays here, unsent, until a person takes it up again
//
// Nothing leads out of the box but 2xx. Entries belong to the login that wrote them: another
// one's are counted, never sent and never touched. An entry waits for those it `needs` (a raid's
// observations for the raid, unless that was put aside); everything else passes by it.

import { isNetwork } from "./known.js";
import { shelf } from "./shelf.js";

/** @typedef {"waiting" | "conflict" | "refused" | "aside"} State */
/**
 * @typedef {object} Letter what a form hands in
 * @property {string} id of the record
 * @property {"raid" | "observation" | "site" | "photograph"} kind
 * @property {string} path below /api/v1
 * @property {Record<string, any> | null} body of a record
 * @property {string | null} blob id of a picture on the shelf
 * @property {string[]} needs ids of records that must be there before
 * @property {Record<string, string>} title what a person calls it, by language
 */
/**
 * @typedef {Letter & {
 *   seq: number, login: string, author: string, written_ms: number, state: State,
 *   tries: number, next_ms: number, answer: Answer | null }} Entry
 */
/**
 * @typedef {object} Answer why it was not taken
 * @property {number} status
 * @property {string | null} code
 * @property {string} detail in the reader's language
 * @property {Record<string, any>} values of its sentence
 * @property {Record<string, any> | null} theirs the record as the station has it, of a conflict
 */
/** @typedef {(path: string, body: object | Blob | null) => Promise<any>} Send by PUT */

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;
const AGAIN = new Set([408, 425, 429]);
const LOCK = "kedrovka-outbox";

const heard = new Set();
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(LOCK) : null;
if (channel) channel.onmessage = () => heard.forEach((listener) => listener());

/** Calls `listener` whenever the box changes, in whichever tab; the result ends that. */
export function watch(/** @type {() => void} */ listener) {
  heard.add(listener);
  return () => void heard.delete(listener);
}

function tell() {
  heard.forEach((listener) => listener());
  channel?.postMessage(null);
}

/** Everything in the box, whoever wrote it, oldest first. @returns {Promise<Entry[]>} */
export const entries = () => shelf("readonly", ({ outbox }) => outbox.getAll());

/**
 * Put letters into the box, all or none, and take the draft they were made of away.
 * Throws ShelfBroken when the disk does not take them: then the draft is what it was.
 * @param {{ login: string, name: string }} me
 * @param {Letter[]} letters
 * @param {string} [draft]
 * @param {number | null} [mended] an entry that was not taken: the letter of the same id stands in its place
 */
export async function file(me, letters, draft, mended = null) {
  const fresh = { login: me.login, author: me.name, written_ms: Date.now(), state: "waiting", tries: 0, next_ms: 0, answer: null };
  await shelf("readwrite", ({ outbox, drafts }) => {
    for (const letter of letters.filter(() => mended === null)) outbox.add({ ...letter, ...fresh });
    if (draft) drafts.delete(draft);
    if (mended === null) return;
    const read = outbox.get(mended);
    read.onsuccess = () => {
      const old = read.result?.login === me.login ? read.result : null;
      for (const letter of letters) outbox.put({ ...letter, ...fresh, ...(old?.id === letter.id && { seq: mended }) });
    };
  });
  tell();
  wake();
}

/** @param {number} seq @param {(entry: Entry) => Entry} change */
export async function change(seq, change) {
  await shelf("readwrite", ({ outbox }) => {
    const read = outbox.get(seq);
    read.onsuccess = () => read.result && outbox.put(change(read.result));
  });
  tell();
  wake();
}

export const again = (/** @type {number} */ seq) =>
  change(seq, (entry) => ({ ...entry, state: "waiting", next_ms: 0, answer: null }));

export const setAside = (/** @type {number} */ seq) => change(seq, (entry) => ({ ...entry, state: "aside" }));

/** In a conflict: mine after theirs, so that theirs stays in the record's history. */
export const insist = (/** @type {number} */ seq) =>
  change(seq, (entry) => {
    const revision = entry.answer?.theirs?.revision ?? entry.answer?.values.revision;
    const body = revision ? { ...entry.body, revision: revision + 1 } : entry.body;
    return { ...entry, body, state: "waiting", next_ms: 0, answer: null };
  });

/**
 * Sends what waits for this login, for as long as it is signed in. The result ends that.
 * @param {{ login: string }} me
 * @param {Send} send
 */
export function keepSending(me, send) {
  let timer = 0;
  let pause_ms = FIRST_PAUSE_MS;
  let ended = false;
  let running = false;
  let asked = false;

  async function round() {
    clearTimeout(timer);
    if (running) {
      asked = true;
      return;
    }
    running = true;
    do {
      asked = false;
      const rest_ms = await alone(() => sendWaiting(me, send, () => ended)).catch(() => pause_ms);
      if (rest_ms === NO_NETWORK) pause_ms = Math.min(pause_ms * 2, LONGEST_PAUSE_MS);
      else pause_ms = FIRST_PAUSE_MS;
      const next_ms = rest_ms === NO_NETWORK ? pause_ms : rest_ms;
      if (next_ms !== null && !ended) timer = setTimeout(round, next_ms * (0.75 + Math.random() / 2));
    } while (asked && !ended);
    running = false;
  }

  const awake = () => void round();
  const seen = () => document.visibilityState === "visible" && awake();
  wakes.add(awake);
  addEventListener("online", awake);
  document.addEventListener("visibilitychange", seen);
  awake();
  return () => {
    ended = true;
    clearTimeout(timer);
    wakes.delete(awake);
    removeEventListener("online", awake);
    document.removeEventListener("visibilitychange", seen);
  };
}

const wakes = new Set();
const wake = () => wakes.forEach((awake) => awake());
const NO_NETWORK = -1;

/** In one tab only; without locks (plain HTTP) two tabs may send the same, which does no harm. */
const alone = (/** @type {() => Promise<any>} */ work) =>
  navigator.locks ? navigator.locks.request(LOCK, work) : work();

/**
 * One walk through the box: milliseconds until the next is due, null when nothing waits.
 * @param {{ login: string }} me @param {Send} send @param {() => boolean} ended
 */
async function sendWaiting(me, send, ended) {
  const mine = (await entries()).filter((entry) => entry.login === me.login);
  const held = new Set(mine.filter((entry) => entry.state !== "aside").map((entry) => entry.seq));
  let next_ms = Infinity;
  for (const entry of mine.filter(({ state }) => state === "waiting")) {
    if (ended()) return null;
    if (mine.some((other) => held.has(other.seq) && goesBefore(other, entry))) continue;
    const rest_ms = entry.next_ms - Date.now();
    const outcome = rest_ms <= 0 ? await deliver(entry, send) : "held";
    if (outcome === "signed out") return null; // sign-in starts the next walk
    if (outcome === "no network") return NO_NETWORK;
    if (outcome === "sent") held.delete(entry.seq);
    else next_ms = Math.min(next_ms, Math.max(rest_ms, FIRST_PAUSE_MS));
  }
  return next_ms === Infinity ? null : next_ms;
}

/** An earlier state of the same record, or a record it needs. */
const goesBefore = (/** @type {Entry} */ other, /** @type {Entry} */ entry) =>
  (other.id === entry.id && other.seq < entry.seq) || (other.id !== entry.id && entry.needs.includes(other.id));

/** @param {Entry} entry @param {Send} send */
async function deliver(entry, send) {
  const kept = entry.blob && (await shelf("readonly", ({ blobs }) => blobs.get(/** @type {string} */ (entry.blob))));
  try {
    await send(entry.path, kept ? kept.blob : entry.body);
  } catch (error) {
    return troubled(entry, error);
  }
  await shelf("readwrite", ({ outbox, blobs }) => {
    outbox.delete(entry.seq);
    if (entry.blob) blobs.delete(entry.blob);
  });
  tell();
  return "sent";
}

/** @param {Entry} entry @param {any} error */
async function troubled(entry, error) {
  if (isNetwork(error)) return "no network";
  // The cookie became another session's, in another tab: this page's login sends nothing by it.
  if (error.status === 401 || error.code === "csrf") return "signed out";
  if (error.status >= 500 || AGAIN.has(error.status)) {
    const pause_ms = Math.min(FIRST_PAUSE_MS * 2 ** entry.tries, LONGEST_PAUSE_MS);
    await note(entry, { tries: entry.tries + 1, next_ms: Date.now() + pause_ms });
    return "held";
  }
  const { status, code = null, detail = "", values = {} } = error;
  const conflict = status === 409 && code === "changed_elsewhere";
  const theirs = conflict ? (values.current ?? null) : null;
  await note(entry, { state: conflict ? "conflict" : "refused", answer: { status, code, detail, values, theirs } });
  return "held";
}

async function note(/** @type {Entry} */ entry, /** @type {Partial<Entry>} */ changes) {
  await shelf("readwrite", ({ outbox }) => outbox.put({ ...entry, ...changes }));
  tell();
}
