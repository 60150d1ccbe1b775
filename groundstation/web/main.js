// Starts the page: the station's settings, then the shell.

import { html, render } from "./vendor/htm-preact.js";
import { get } from "./api.js";
import { lastKnown } from "./forms/known.js";
import { Shell, preferredLanguage } from "./shell.js";
import { wordsOf } from "./words.js";

const RETRY_MS = 2_000;

/** The station may be just starting; without network those of the last visit do. */
async function settingsAtLast(/** @type {HTMLElement} */ root) {
  for (;;) {
    try {
      return (await lastKnown("", "settings", () => get("settings"))).value;
    } catch {
      root.textContent = wordsOf(preferredLanguage(["ru", "en"])).t("offline");
      await new Promise((done) => setTimeout(done, RETRY_MS));
    }
  }
}

const root = /** @type {HTMLElement} */ (document.getElementById("page"));
const settings = await settingsAtLast(root);
root.textContent = "";
render(html`<${Shell} settings=${settings} />`, root);
