// The line above every page: whose station, does it answer, new alarms, dock, sound, and oneself.

import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { del } from "./api.js";
import { boardLines, isBusy } from "./dock/board.js";
import { OutboxBadge } from "./forms/outbox_view.js";
import { useChanges, useNow } from "./hooks.js";
import { newAlarms } from "./navigation.js";
import { href } from "./pages.js";
import { HalfDisc, Sign } from "./signs.js";

/** @import { Docked } from "./dock/records.js" */

export function Header({ words, station, me, go, page, params, looks, sound, onSound, session, tell }) {
  const { t } = words;
  const { settings, records } = station;
  useChanges(records);
  const alarms = newAlarms(records);
  const linkWord = records.up === null ? "connecting" : records.up ? "live" : "offline";
  return html`<header>
    <a class="home" href="#/"><img src="bird.svg" alt="" /></a>
    <div class="title">
      <h1>${t("title")}</h1>
      <div class="station">${settings.name}</div>
    </div>
    <div class=${records.up === false ? "link down" : "link"} role="status">${t(linkWord)}</div>
    <div class="gap"></div>
    <${OutboxBadge} words=${words} me=${me} />
    ${page !== "live" && alarms > 0 && html`<button class="alarms" onClick=${() => go("live")}>
      <${Sign} name="bell" /><span>${t("new_alarms", { n: alarms })}</span>
    </button>`}
    ${me.may.has("dock") && html`<${ToDock} words=${words} records=${records} go=${go} open=${page === "live" && params.rest[0] === "dock"} />`}
    <button aria-pressed=${sound} onClick=${onSound}>
      <${Sign} name="bell" off=${!sound} /><span class="wide">${t(sound ? "sound_on" : "sound_off")}</span>
    </button>
    <button class="icon" title=${t("theme")} aria-label=${t("theme")} onClick=${looks.onTheme}><${HalfDisc} /></button>
    <button class="wide" onClick=${looks.onLanguage}>${t("language")}</button>
    <${Oneself} words=${words} me=${me} looks=${looks} session=${session} tell=${tell} />
    <${Clock} words=${words} records=${records} />
  </header>`;
}

function Clock({ words, records }) {
  return html`<div class="clock">${words.clock(new Date(useNow(records)))}</div>`;
}

function ToDock({ words, records, go, open }) {
  const now = useNow(records);
  const docked = /** @type {Docked[]} */ (boardLines(records.docked.values(), now)).filter((d) => d.phase !== "gone");
  return html`<button
    class=${docked.some(isBusy) ? "to-dock busy" : "to-dock"}
    aria-pressed=${open}
    aria-label=${`${words.t("dock")} ${docked.length}`}
    onClick=${() => go(open ? "live" : "live/dock")}
  >
    <${Sign} name="navigator" /><span class="wide">${words.t("dock")}</span>
    ${docked.length > 0 && html`<span class="count">${docked.length}</span>`}
  </button>`;
}

/** Who is signed in, and the way out. */
function Oneself({ words, me, looks, session, tell }) {
  const { t } = words;
  const [open, setOpen] = useState(false);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (!open) return;
    const close = (/** @type {Event} */ event) => {
      const inside = event.type === "pointerdown" && box.current?.contains(/** @type {Node} */ (event.target));
      if (!inside && (event.type !== "keydown" || /** @type {KeyboardEvent} */ (event).key === "Escape")) setOpen(false);
    };
    const kinds = ["pointerdown", "keydown", "hashchange"];
    kinds.forEach((kind) => addEventListener(kind, close));
    return () => kinds.forEach((kind) => removeEventListener(kind, close));
  }, [open]);

  async function signOut() {
    try {
      await del("session", { quiet: true });
    } catch (error) {
      // Without network the session would live on: say so instead of pretending.
      if (/** @type {any} */ (error).status !== 401) return tell(t("sign_out_failed"));
    }
    session.leave();
  }

  return html`<div class="oneself" ref=${box}>
    <button aria-expanded=${open} aria-label=${t("oneself", { name: me.name })} onClick=${() => setOpen(!open)}>
      <${Sign} name="person" /><span class="wide name">${me.name}</span>
    </button>
    ${open &&
    html`<div class="menu">
      <div class="whose"><b>${me.name}</b><span>${[me.login, t(`role_${me.role}`)].join(" · ")}</span></div>
      <a href=${href("account")}>${t("page_account")}</a>
      <button onClick=${looks.onLanguage}>${t("language")}</button>
      <button onClick=${signOut}>${t("sign_out")}</button>
    </div>`}
  </div>`;
}
