// The frame around every page: sign-in, header, navigation, alarm, and the page that was asked for.

import { html, useEffect, useMemo, useRef, useState } from "./vendor/htm-preact.js";
import { SignIn } from "./access/sign_in.js";
import { createAlarm } from "./alarm.js";
import { post } from "./api.js";
import { Header } from "./header.js";
import { keepPage, sendFor } from "./forms/start_up.js";
import { useKept } from "./hooks.js";
import { Navigation } from "./navigation.js";
import { PAGES, firstPage, opens, parse } from "./pages.js";
import { openRecords } from "./records.js";
import { useSession } from "./session.js";
import { wordsOf } from "./words.js";

/** @import { Route } from "./pages.js" */
/** @import { Me } from "./session.js" */

/** Addresses that carry a one-time code: the first administrator's, a new password's, an entry. */
const CODES = ["setup", "code", "enter"];
const FRESH_MS = 600_000;
const TOAST_MS = 6_000;
const alarm = createAlarm();

/** The browser's language where the station speaks it, else the station's first. */
export function preferredLanguage(/** @type {string[]} */ spoken) {
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2));
  return /** @type {"ru" | "en"} */ (wanted.find((language) => spoken.includes(language)) ?? spoken[0]);
}

export function Shell({ settings }) {
  const [kept, setLanguage] = useKept("language", "");
  const [theme, setTheme] = useKept("theme", "dark");
  const route = useRoute();
  const session = useSession();
  const language = /** @type {"ru" | "en"} */ (kept || session.me?.language || preferredLanguage(settings.languages));
  const words = useMemo(() => wordsOf(language), [language]);

  useEffect(() => {
    document.documentElement.lang = language;
    document.documentElement.dataset.theme = theme;
    document.title = words.t("title");
  }, [language, theme]);

  /** Whoever signs in is spoken to in their own language, whatever the one before them chose. */
  function enter(/** @type {any} */ answer) {
    setLanguage(answer.language);
    session.enter(answer);
    if (CODES.includes(route.page)) location.replace("#/");
  }

  const looks = {
    theme,
    onTheme: () => setTheme(theme === "dark" ? "light" : "dark"),
    onLanguage: () => setLanguage(language === "ru" ? "en" : "ru"),
  };
  const door = (/** @type {Me | null} */ over) => html`<${SignIn} words=${words} settings=${settings} looks=${looks}
    setup=${session.state === "setup"} code=${CODES.includes(route.page) ? (route.rest[0] ?? "") : null} over=${over}
    onEnter=${enter} />`;
  if (session.state === "asking") return null;
  if (session.state === "offline") return html`<p class="starting" role="status">${words.t("offline")}</p>`;
  if (!session.me || CODES.includes(route.page)) return door(null);
  return html`<${Signed} key=${session.me.login} words=${words} settings=${settings} me=${session.me} route=${route}
      looks=${looks} session=${session} />
    ${session.lost && door(session.me)}`;
}

/** The address in the browser's bar, `#/...`. @returns {Route} */
function useRoute() {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const moved = () => setHash(location.hash);
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return useMemo(() => parse(hash), [hash]);
}

/** To another page: `go("raid/" + id)`; `replace` leaves no step to come back to. */
function go(/** @type {string} */ to, /** @type {{ replace?: boolean }} */ { replace = false } = {}) {
  if (!replace) location.hash = `#/${to}`;
  else location.replace(`#/${to}`);
}

/** What a person who is signed in has before them. */
function Signed({ words, settings, me, route, looks, session }) {
  const station = useStation(settings, me);
  const [sound, setSound] = useState(false);
  const [toast, tell] = useToast();
  const page = opens(route.page, me.may) ? route.page : firstPage(me.may);
  const { pages, failed } = usePages(page);

  // What the station itself says, and prints, is to be in the language of the page.
  useEffect(() => {
    if (words.language !== me.language) post("me/language", { language: words.language }, { quiet: true }).then(session.change, console.warn);
  }, [words.language]);

  useEffect(() => {
    if (me.notice || me.restart) tell([me.notice, me.restart].filter(Boolean).join(" "), { stays: true });
  }, [me]);

  // Anew when the same person signed in again: the walk through the outbox ended with the session.
  useEffect(() => sendFor(me, settings), [me]);
  useEffect(() => {
    const offer = (/** @type {() => void} */ takeOver) => tell(words.t("new_version"), { act: [words.t("reload"), takeOver] });
    keepPage(offer).catch(console.warn);
  }, []);

  function toggleSound() {
    sound ? alarm.disable() : alarm.enable();
    setSound(!sound);
  }

  if (!station) return null;
  const given = { words, station, me, go, tell };
  return html`
    <${Header} ...${given} page=${page} params=${route} looks=${looks} sound=${sound} onSound=${toggleSound} session=${session} />
    <${Navigation} words=${words} station=${station} me=${me} page=${page} />
    ${[...pages].map(
      ([name, { Page, TABLE }]) => html`<${Room} key=${name} name=${name} Page=${Page} table=${TABLE} given=${given}
        route=${route} shown=${name === page} />`,
    )}
    ${!pages.has(page) &&
    html`<div class="room waiting">${words.t(failed === page ? "page_missing" : "connecting")}</div>`}
    ${toast}
  `;
}

/** A page in its place; one that is kept does not learn of addresses that are not its own. */
function Room({ name, Page, table, given, route, shown }) {
  const words = useMemo(() => given.words.with(table), [given.words, table]);
  const own = useRef(route);
  if (shown) own.current = route;
  return html`<div class=${`room ${name}`} hidden=${!shown}>
    <${Page} ...${given} words=${words} params=${own.current} shown=${shown} />
  </div>`;
}

/** Records and alarm: the same whichever page is open. */
function useStation(/** @type {any} */ settings, /** @type {Me} */ me) {
  const [station, setStation] = useState(/** @type {any} */ (null));
  useEffect(() => {
    const records = openRecords(me.may);
    records.watch({
      onHotspot(hotspot, known) {
        // By its arrival: a vehicle may come out of a valley, or have a wrong clock.
        const fresh = Date.now() + records.clockAhead_ms - Date.parse(hotspot.received_utc) < FRESH_MS;
        const fire = hotspot.kind === "fire" && hotspot.state === "new";
        if (fire && known?.kind !== "fire" && (fresh || known)) alarm.sound();
      },
    });
    setStation({ settings, records });
    // Tests and the console reach the records through here.
    Object.assign(globalThis, { kedrovka: { records } });
    return records.close;
  }, []);
  return station;
}

/** Modules of the page that is shown and of those that were and are kept, as they come. */
function usePages(/** @type {string} */ page) {
  const [loaded, setLoaded] = useState(/** @type {Map<string, any>} */ (new Map()));
  const [failed, setFailed] = useState("");
  useEffect(() => {
    if (loaded.has(page)) return;
    PAGES[page].load().then(
      (module) => setLoaded((others) => new Map([...others, [page, module]])),
      (error) => {
        console.error(error);
        setFailed(page);
      },
    );
  }, [page]);
  return { pages: new Map([...loaded].filter(([name]) => name === page || PAGES[name].kept)), failed };
}

/** A sentence at the foot of the page that goes by itself, unless it `stays` or asks to `act`. */
function useToast() {
  const none = { text: "", stays: false, act: /** @type {[string, () => void] | null} */ (null) };
  const [toast, setToast] = useState(none);
  useEffect(() => {
    if (!toast.text || toast.stays || toast.act) return;
    const timer = setTimeout(() => setToast(none), TOAST_MS);
    return () => clearTimeout(timer);
  }, [toast]);
  /** @param {string} text @param {{ stays?: boolean, act?: [string, () => void] }} [how] */
  const tell = (text, how = {}) => setToast({ ...none, text, ...how });
  const shown = toast.text && html`<div class="toast" role="alert">
    ${toast.text}
    ${toast.act && html`<button onClick=${toast.act[1]}>${toast.act[0]}</button>`}
    ${(toast.stays || toast.act) && html`<button class="icon" onClick=${() => setToast(none)}>×</button>`}
  </div>`;
  return /** @type {const} */ ([shown, tell]);
}
