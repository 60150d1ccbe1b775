// Starts what works behind every page: the service worker, and the sending of what waits.

import { keepSending } from "./outbox.js";

const AT_ONCE_MS = 10_000;

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

export { keepSending };
