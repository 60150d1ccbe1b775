// What this browser keeps on its own disk (IndexedDB): unsent records, half-filled forms, pictures,
// and the last answers of the station.
//
//   outbox  seq -> Entry            see outbox.js
//   drafts  id -> Draft             see drafts.js
//   blobs   id -> { id, blob }      pictures of drafts and entries, so that neither is copied about
//   known   [login, path] -> { login, path, value, time_ms }   see known.js

const NAME = "kedrovka";
const VERSION = 1;
const STORES = /** @type {const} */ (["outbox", "drafts", "blobs", "known"]);

/** The disk of this browser is full, or it keeps nothing (private window). */
export class ShelfBroken extends Error {}

/** @type {Promise<IDBDatabase> | null} */
let opened = null;

function open() {
  opened ??= new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, VERSION);
    asked.onupgradeneeded = () => {
      const db = asked.result;
      db.createObjectStore("outbox", { keyPath: "seq", autoIncrement: true });
      db.createObjectStore("drafts", { keyPath: "id" });
      db.createObjectStore("blobs", { keyPath: "id" });
      db.createObjectStore("known", { keyPath: ["login", "path"] });
    };
    asked.onsuccess = () => {
      const db = asked.result;
      // A newer page in another tab: let go, and open again when next asked.
      db.onversionchange = () => {
        db.close();
        opened = null;
      };
      db.onclose = () => (opened = null);
      done(db);
    };
    asked.onerror = () => {
      opened = null;
      failed(new ShelfBroken(String(asked.error), { cause: asked.error }));
    };
  });
  return opened;
}

/**
 * One transaction: `work` puts its requests on the stores and may not wait for anything else.
 * Done when it is on the disk; a full disk throws ShelfBroken and changes nothing.
 * @template T
 * @param {"readonly" | "readwrite"} mode
 * @param {(stores: Record<"outbox" | "drafts" | "blobs" | "known", IDBObjectStore>) => IDBRequest<T> | void} work
 * @returns {Promise<T>}
 */
export async function shelf(mode, work) {
  const db = await open();
  return new Promise((done, failed) => {
    // Strict: flushed, as a tablet's battery may be out in the next second.
    const transaction = db.transaction(STORES, mode, { durability: mode === "readwrite" ? "strict" : "default" });
    const stores = /** @type {any} */ (Object.fromEntries(STORES.map((name) => [name, transaction.objectStore(name)])));
    const request = work(stores);
    transaction.oncomplete = () => done(/** @type {T} */ (request ? request.result : undefined));
    transaction.onabort = () => failed(new ShelfBroken(String(transaction.error), { cause: transaction.error }));
  });
}
