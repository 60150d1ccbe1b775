// `#/people`: who goes on raids; `#/people/units`: navigators and who has them; `#/people/terms`:
// teams, stations, mandates and means of transport.

import { html } from "../vendor/htm-preact.js";
import { get } from "../api.js";
import { isNetwork } from "../forms/known.js";
import { useAnswer } from "../hooks.js";
import { href } from "../pages.js";
import { People } from "./people.js";
import { TABLE } from "./strings.js";
import { Terms } from "./terms.js";
import { Units } from "./units.js";

export { TABLE };

const TABS = { people: People, units: Units, terms: Terms };

export function Page({ words, me, params, tell }) {
  const { t } = words;
  const tabs = /** @type {(keyof typeof TABS)[]} */ (["people", ...(me.may.has("dock") ? ["units"] : []), "terms"]);
  const tab = tabs.find((name) => name === params.rest[0]) ?? "people";
  const people = useAnswer(() => get("people"), []);
  const terms = useAnswer(() => get("terms"), []);

  /** Do it, tell how it went, and read the list again. @param {() => Promise<unknown>} work @param {() => void} again */
  async function save(work, again) {
    try {
      await work();
      tell(t("people_saved"));
      again();
      return true;
    } catch (error) {
      tell(t("people_not_saved", { why: isNetwork(error) ? t("people_need_network") : /** @type {any} */ (error).message }));
      return false;
    }
  }

  const Tab = TABS[tab];
  return html`<section class="file people">
    <nav class="choice">
      ${tabs.map((name) => html`<a class="button" key=${name} href=${name === "people" ? href("people") : href("people", name)}
        aria-current=${name === tab ? "page" : null}>${t(`people_${name}`)}</a>`)}
    </nav>
    ${people.value && terms.value
      ? html`<${Tab} words=${words} me=${me} people=${people} terms=${terms} save=${save} />`
      : html`<p class="none">${t(people.error ? "people_need_network" : "file_loading")}</p>`}
  </section>`;
}
