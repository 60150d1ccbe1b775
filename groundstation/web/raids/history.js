// Who did what with a record, and what was different before.

import { html } from "../vendor/htm-preact.js";
import { get } from "../api.js";
import { useAnswer } from "../hooks.js";
import { difference } from "./telling.js";

/** @param {{ words: any, path: string, current: any, tell: (record: any) => import("./telling.js").Told }} props
 *   `path` of the record, `tell` says it in words */
export function History({ words, path, current, tell }) {
  const { t } = words;
  const { value: entries, error } = useAnswer(() => get(`${path}/history`), [path, current.revision]);
  if (error) return html`<p class="quiet">${t("offline")}</p>`;
  if (!entries) return html`<p class="quiet">${t("connecting")}</p>`;
  return html`<ol class="history">
    ${entries.map((/** @type {any} */ entry, /** @type {number} */ n) => {
      // What it became is what stood before the next entry.
      const after = entries[n + 1]?.before ?? current;
      const changes = entry.before ? difference(tell(entry.before), tell(after)) : [];
      return html`<li>
        <div><b>${entry.who}</b> ${t(`action_${entry.action}`)} · <time>${words.moment(new Date(entry.time_utc))}</time></div>
        ${entry.reason && html`<div class="why">${entry.reason}</div>`}
        ${entry.action === "changed" &&
        (changes.length
          ? html`<dl>
              ${changes.map(([label, before, after]) => html`<dt>${label}</dt>
                <dd>${before && html`<del>${before}</del>${" → "}`}${after && html`<ins>${after}</ins>`}</dd>`)}
            </dl>`
          : html`<div class="quiet">${t("history_same")}</div>`)}
      </li>`;
    })}
  </ol>`;
}
