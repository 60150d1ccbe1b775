// What the station answered last: the words of the forms are there without it as well.

import { shelf } from "./shelf.js";

/**
 * The fresh answer of `ask`, kept for later; without network the last one this login was given.
 * A refusal of the station is thrown on, and so is the network's error when nothing is known.
 * @template T
 * @param {string} login who asks; "" before anybody is known
 * @param {string} path
 * @param {() => Promise<T>} ask
 * @returns {Promise<{ value: T, fresh: boolean, time_ms: number }>}
 */
export async function lastKnown(login, path, ask) {
  try {
    const value = await ask();
    await keep(login, path, value);
    return { value, fresh: true, time_ms: Date.now() };
  } catch (error) {
    if (!isNetwork(error)) {
      await forget(login, path);
      throw error;
    }
    const kept = await shelf("readonly", ({ known }) => known.get([login, path])).catch(() => undefined);
    if (kept === undefined) throw error;
    return { value: kept.value, fresh: false, time_ms: kept.time_ms };
  }
}

/** An answer that came in another way; a full disk costs the next trip without network, no more. */
export const keep = (/** @type {string} */ login, /** @type {string} */ path, /** @type {any} */ value) =>
  shelf("readwrite", ({ known }) => void known.put({ login, path, value, time_ms: Date.now() })).catch(console.warn);

/** What was known is no longer this login's to know. */
export const forget = (/** @type {string} */ login, /** @type {string} */ path) =>
  shelf("readwrite", ({ known }) => void known.delete([login, path])).catch(console.warn);

/** Whether nobody answered, as against an answer that says no; a gateway's 502 to 504 is nobody. */
export function isNetwork(/** @type {any} */ error) {
  return error?.status === undefined || [502, 503, 504].includes(error.status);
}
