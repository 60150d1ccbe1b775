// Half-filled forms: kept on every input, found again after a reload, a flat battery, another login.

import { shelf } from "./shelf.js";

/**
 * @typedef {object} Draft
 * @property {string} id of the record it will be
 * @property {string} login whose it is
 * @property {string} form a key of the table in page.js
 * @property {number} updated_ms
 * @property {any} values the form's own
 */

/** The login's, newest first. @returns {Promise<Draft[]>} */
export async function drafts(/** @type {string} */ login) {
  const all = await shelf("readonly", (stores) => stores.drafts.getAll());
  return all.filter((draft) => draft.login === login).sort((a, b) => b.updated_ms - a.updated_ms);
}

/** @returns {Promise<Draft | undefined>} */
export const draft = (/** @type {string} */ id) => shelf("readonly", (stores) => stores.drafts.get(id));

/** Keeps the newest state of one form; while the disk writes, newer states replace each other. */
export function keeper(/** @type {(error: unknown) => void} */ onTrouble) {
  /** @type {Draft | null} */
  let next = null;
  /** @type {Promise<void> | null} */
  let writing = null;

  async function write() {
    while (next) {
      const draft = next;
      next = null;
      await shelf("readwrite", (stores) => stores.drafts.put(draft)).catch(onTrouble);
    }
    writing = null;
  }

  return {
    keep(/** @type {Draft} */ draft) {
      next = draft;
      writing ??= write();
    },
    /** Resolves once everything handed in is on the disk. */
    rest: () => writing ?? Promise.resolve(),
    /** The form is done with: what was about to be written must not bring the draft back. */
    drop() {
      next = null;
    },
  };
}

/** Throw a draft away with its pictures, because its author said so. */
export const discard = (/** @type {string} */ id, /** @type {string[]} */ pictures) =>
  shelf("readwrite", (stores) => {
    stores.drafts.delete(id);
    for (const picture of pictures) stores.blobs.delete(picture);
  });
