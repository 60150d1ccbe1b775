// Where one can go: a rail at the left on a desk, a bar under the thumbs on an upright tablet.

import { html, useEffect, useState } from "./vendor/htm-preact.js";
import { useChanges } from "./hooks.js";
import { PAGES, href, opens } from "./pages.js";
import { Sign } from "./signs.js";

/** @import { Hotspot } from "./records.js" */

/** Beside "more", which shows the rest. */
const IN_THE_BAR = 4;

export const newAlarms = (/** @type {import("./records.js").Records} */ { hotspots }) =>
  [...hotspots.values()].filter((/** @type {Hotspot} */ h) => h.state === "new").length;

export function Navigation({ words, station, me, page }) {
  const { t } = words;
  const [open, setOpen] = useState(false);
  useChanges(station.records);
  useEffect(() => setOpen(false), [page]);
  const names = Object.keys(PAGES).filter((name) => PAGES[name].sign && opens(name, me.may));
  const current = PAGES[page].under ?? page;
  const alarms = newAlarms(station.records);
  const link = (/** @type {string} */ name, /** @type {number} */ at) => html`<a
    href=${href(name)}
    class=${at >= IN_THE_BAR ? "rest" : ""}
    aria-current=${name === current ? "page" : null}
  >
    <${Sign} name=${PAGES[name].sign} />
    <span>${t(`page_${name}`)}</span>
    ${name === "live" && alarms > 0 && html`<b class="count">${alarms}</b>`}
  </a>`;
  return html`<nav class=${open ? "pages open" : "pages"} aria-label=${t("pages")}>
    ${names.map(link)}
    ${names.length > IN_THE_BAR &&
    html`<button class=${names.indexOf(current) >= IN_THE_BAR ? "more lit" : "more"} aria-expanded=${open} onClick=${() => setOpen(!open)}>
      <${Sign} name="more" /><span>${t("more_pages")}</span>
    </button>`}
  </nav>`;
}
