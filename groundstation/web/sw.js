// The page without the station: every file of one version, kept whole, and the map as last seen.
//
// The station writes the list below when this file is asked for (`api/shell.py`): a changed file
// changes the list, the browser installs this worker anew, and until then it serves the old
// version whole. A file whose hash is not the list's stops the installation: no page is ever put
// together from two versions. Records and answers are none of its business, see forms/known.js.

/** @type {{ version: string, files: Record<string, string> }} path -> SHA-256 */
const SHELL = { version: "", files: {} };

const CACHE = `shell-${SHELL.version}`;
const TILES = "tiles";
const TILE = /^\/api\/v1\/tiles\//;
const MOST_TILES = 4000;
const worker = /** @type {any} */ (globalThis);

async function install() {
  const cache = await caches.open(CACHE);
  await Promise.all(
    Object.entries(SHELL.files).map(async ([path, sha256]) => {
      const kept = await caches.match(path); // of the version before
      const fresh = kept && (await hash(kept)) === sha256 ? kept : await fetch(path, { cache: "no-cache" });
      if (!fresh.ok || (await hash(fresh)) !== sha256) throw new Error(`${path} is of another version`);
      await cache.put(path, fresh);
    }),
  );
}

async function hash(/** @type {Response} */ answer) {
  const digest = await crypto.subtle.digest("SHA-256", await answer.clone().arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function forgetOlder() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("shell-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function shellFile(/** @type {Request} */ request, /** @type {string} */ path) {
  const kept = await (await caches.open(CACHE)).match(path);
  return kept ?? fetch(request);
}

async function tile(/** @type {Request} */ request) {
  const cache = await caches.open(TILES);
  try {
    const answer = await fetch(request);
    // A full disk costs the map of the next trip, not this one.
    if (answer.ok) await cache.put(request, answer.clone()).catch(() => {});
    return answer;
  } catch (error) {
    const kept = await cache.match(request);
    if (kept) return kept;
    throw error;
  }
}

async function forgetOldTiles() {
  const cache = await caches.open(TILES);
  const kept = await cache.keys();
  await Promise.all(kept.slice(0, Math.max(0, kept.length - MOST_TILES)).map((key) => cache.delete(key)));
}

worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(install()));
worker.addEventListener("activate", (/** @type {any} */ event) =>
  event.waitUntil(Promise.all([forgetOlder(), forgetOldTiles(), worker.clients.claim()])),
);
worker.addEventListener("message", (/** @type {any} */ event) => {
  if (event.data === "take over") worker.skipWaiting();
});
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (TILE.test(pathname)) event.respondWith(tile(request));
  else if (pathname in SHELL.files) event.respondWith(shellFile(request, pathname));
});
