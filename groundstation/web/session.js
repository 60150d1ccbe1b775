// Who is signed in here: read at start, asked for again when the session ends in the middle.

import { useEffect, useState } from "./vendor/htm-preact.js";
import { Refused, get, onSessionLost, proveBy } from "./api.js";
import { forget, keep, lastKnown } from "./forms/known.js";

/**
 * Somebody who is signed in, `GET /api/v1/me`.
 * @typedef {object} Me
 * @property {string} login
 * @property {string} name
 * @property {string} role
 * @property {"all" | "team" | "own" | "none"} scope
 * @property {Set<string>} may
 * @property {number | null} person
 * @property {string | null} team
 * @property {"ru" | "en"} language
 * @property {string} csrf
 * @property {string | null} notice something the station tells once
 * @property {string | null} restart
 */
/** @typedef {"asking" | "sign_in" | "setup" | "offline" | "in"} State */

const RETRY_MS = 2_000;

/** @param {any} answer @returns {Me} */
const meOf = (answer) => ({ ...answer, may: new Set(answer.may) });

/** Without network the one who was signed in last goes on; what they write waits in the outbox. */
async function readMe() {
  const known = await lastKnown("", "me", () => get("me", { quiet: true }));
  return meOf(known.value);
}

/**
 * @returns {{ state: State, me: Me | null, lost: boolean,
 *   enter: (answer: any) => void, leave: () => void, change: (answer: any) => void }}
 *   `lost`: the session of `me` ended, their page stays as it is behind the sign-in
 */
export function useSession() {
  const [state, setState] = useState(/** @type {State} */ ("asking"));
  const [me, setMe] = useState(/** @type {Me | null} */ (null));
  /** What waits for the person to sign in again. */
  const [waiting, setWaiting] = useState(/** @type {{ done: () => void, failed: (why: Error) => void }[]} */ ([]));

  useEffect(() => {
    let timer = 0;
    async function ask() {
      try {
        hold(await readMe());
      } catch (error) {
        if (error instanceof Refused && error.status === 401) return setState(error.code === "setup" ? "setup" : "sign_in");
        setState("offline");
        timer = setTimeout(ask, RETRY_MS);
      }
    }
    void ask();
    return () => clearTimeout(timer);
  }, []);

  useEffect(() => {
    onSessionLost(me && (() => new Promise((done, failed) => setWaiting((others) => [...others, { done, failed }]))));
    return () => onSessionLost(null);
  }, [me?.login]);

  function hold(/** @type {Me} */ next) {
    proveBy(next);
    setMe(next);
    setState("in");
  }

  function enter(/** @type {any} */ answer) {
    void keep("", "me", answer);
    const next = meOf(answer);
    hold(next);
    // Another person's calls do not go out under this one's name.
    for (const { done, failed } of waiting) {
      if (next.login === me?.login) done();
      else failed(new Refused(401, "", { code: "sign_in" }));
    }
    setWaiting([]);
  }

  function leave() {
    void forget("", "me"); // a reload without network must not let them in again
    proveBy({ login: "", csrf: "" });
    setMe(null);
    setState("sign_in");
  }

  return { state, me, lost: waiting.length > 0, enter, leave, change: (answer) => hold(meOf(answer)) };
}
