// When a count is to be asked for again.

import { useEffect } from "../vendor/htm-preact.js";

const SETTLE_MS = 400; // a walk that is filed tells itself several times

/** Calls `again` when a count, a route or a walk changed, once things have settled. */
export function useChangesOf(/** @type {import("../records.js").Records} */ records, /** @type {() => void} */ again) {
  useEffect(() => {
    let timer = 0;
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(again, SETTLE_MS);
    };
    const unwatch = records.watch({ onCount: soon, onRaid: (raid) => raid.count_id && soon() });
    return () => {
      clearTimeout(timer);
      unwatch();
    };
  }, []);
}
