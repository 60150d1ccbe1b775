// Starts what works behind every page: the service worker, and the sending of what waits.

import { Refused, get, put } from "../api.js";
import { keepSending } from "./outbox.js";

const AT_ONCE_MS = 10_000;
const PICTURE_DEADLINE_MS = 600_000;
const MIB = 1 << 20;

/** Keep the page for when the station is out of reach; `onUpdate` gets what loads the next version. */
export async function keepPage(/** @type {(takeOver: () => void) => void} */ onUpdate) {
  // Browsers give service workers to HTTPS and to this machine only.
  if (!("serviceWorker" in navigator)) return;
  void navigator.storage?.persist?.();
  const before = navigator.serviceWorker.controller;
  let touched = false;
  addEventListener("pointerdown", () => (touched = true), { once: true });
  addEventListener("keydown", () => (touched = true), { once: true });
  const opened_ms = performance.now();

  navigator.serviceWorker.addEventListener("controllerchange", () => before && location.reload());
  const registration = await navigator.serviceWorker.register("sw.js");
  const ready = (/** @type {ServiceWorker | null} */ worker) => {
    if (!worker || !before) return; // the first one ever: this page came fresh from the station
    const takeOver = () => worker.postMessage("take over");
    // Just opened, nothing typed, no alarm switched on: nobody notices.
    if (!touched && performance.now() - opened_ms < AT_ONCE_MS) takeOver();
    else onUpdate(takeOver);
  };
  ready(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const fresh = registration.installing;
    fresh?.addEventListener("statechange", () => fresh.state === "installed" && ready(fresh));
  });
}

/** Send what waits for whoever is signed in; the result ends that. */
export function sendFor(/** @type {{ login: string }} */ me, /** @type {{ photograph_max_mb: number }} */ settings) {
  return keepSending(me, async (path, body) => {
    try {
      return await sendOne(path, body, settings.photograph_max_mb);
    } catch (error) {
      // Asked over the page to sign in again; meanwhile nothing goes: it may be somebody else who does.
      if (/** @type {any} */ (error).code === "sign_in") void get("me").catch(() => {});
      throw error;
    }
  });
}

/** Quiet: it must not go out once more under whoever signs in next. @param {number} max_mb @returns {Promise<any>} */
function sendOne(/** @type {string} */ path, /** @type {object | Blob | null} */ body, max_mb) {
  if (!(body instanceof Blob)) return put(path, body, { quiet: true });
  if (body.size <= max_mb * MIB) return put(path, body, { quiet: true, deadline_ms: PICTURE_DEADLINE_MS });
  // The station would say the same, after minutes of sending.
  return Promise.reject(new Refused(413, "", { code: "photograph_too_large", values: { max_mb } }));
}
