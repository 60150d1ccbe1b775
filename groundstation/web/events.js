// The station's live events (Server-Sent Events), kept open whatever happens.
//
// The browser's own EventSource is not enough: it gives up for ever at an HTTP error (a proxy while
// the station restarts), and a pulled cable or a tablet's sleep ends no connection, so that it
// would show the last known picture as live.

import { get } from "./api.js";

const EVENTS = /** @type {const} */ (["hello", "hotspot", "vehicle", "health", "dock", "raid", "count", "alive"]);
const SILENT_MS = 25_000; // the station says something every 10 s
const LOOK_MS = 2_000;
const JUMP_MS = 5_000;

/**
 * @param {(name: typeof EVENTS[number], data: any) => void} onEvent
 * @param {() => void} onDown
 * @returns {{ drop: () => void, end: () => void }} `drop`: a new connection starts from the beginning
 */
export function listen(onEvent, onDown) {
  /** @type {EventSource} */
  let events;
  let heard_ms = 0;
  let skew_ms = 0;
  const skew = () => Date.now() - performance.now();

  function open() {
    heard_ms = performance.now();
    skew_ms = skew();
    events = new EventSource("api/v1/live");
    events.onerror = () => {
      onDown();
      // It gave up: an HTTP error. If it is the session that ended, the person is asked to sign in.
      if (events.readyState === EventSource.CLOSED) get("me").catch(() => {});
    };
    for (const name of EVENTS) {
      events.addEventListener(name, (event) => {
        heard_ms = performance.now();
        onEvent(name, JSON.parse(event.data));
      });
    }
  }

  function drop() {
    events.close();
    onDown();
  }

  open();
  const watch = setInterval(() => {
    const silent = performance.now() - heard_ms > SILENT_MS;
    const jumped = Math.abs(skew() - skew_ms) > JUMP_MS; // it slept, or its clock was set
    if (silent || jumped) drop();
    if (events.readyState === EventSource.CLOSED) open();
  }, LOOK_MS);
  return {
    drop,
    end() {
      clearInterval(watch);
      events.close();
    },
  };
}
