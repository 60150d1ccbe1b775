// The audit log, newest first: who did what, and who read or took out what is sensitive.

import { html, useEffect, useState } from "../vendor/htm-preact.js";
import { Refused, get, query } from "../api.js";
import { href } from "../pages.js";
import { TABLE } from "./strings.js";

export { TABLE };

const PAGE = 100;

export function Page({ words }) {
  const { t } = words;
  const [log, setLog] = useState({ items: /** @type {any[]} */ ([]), before: /** @type {number | null} */ (null), read: false });
  const [refused, setRefused] = useState("");

  async function read(/** @type {number | null} */ before) {
    try {
      const answer = await get(`audit${query({ limit: PAGE, before })}`);
      setLog((was) => ({ items: before ? [...was.items, ...answer.items] : answer.items, before: answer.before, read: true }));
      setRefused("");
    } catch (error) {
      setRefused(error instanceof Refused ? error.detail : t("offline"));
    }
  }
  useEffect(() => void read(null), []);

  return html`<div class="access">
    <div class="headline"><h1>${t("audit")}</h1><button onClick=${() => read(null)}>${t("audit_renew")}</button></div>
    <p class="hint">${t("audit_hint")} <code>kedrovka-ground audit verify</code></p>
    ${refused && html`<p class="trouble" role="alert">${refused}</p>`}
    <table class="audit">
      <thead><tr><th>№</th><th>${t("audit_time")}</th><th>${t("audit_who")}</th><th>${t("audit_what")}</th><th>${t("audit_detail")}</th></tr></thead>
      <tbody>
        ${log.items.map(
          (entry) => html`<tr key=${entry.entry}>
            <td>${entry.entry}</td>
            <td>${words.moment(new Date(entry.time_utc))}</td>
            <td>${entry.who}</td>
            <td>${words.known(`did_${entry.action}`) || entry.action} <${Subject} words=${words} entry=${entry} /></td>
            <td class="quiet">${detailOf(entry.detail)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
    ${log.before && html`<button onClick=${() => read(log.before)}>${t("more", { n: PAGE })}</button>`}
  </div>`;
}

function Subject({ words, entry }) {
  const name = words.known(`kind_${entry.kind}`) || entry.kind;
  if (entry.kind === "raid" || entry.kind === "way") return html`<a href=${href("raid", entry.subject)}>${name}</a>`;
  if (entry.kind === "observation") return html`<a href=${href("observation", entry.subject)}>${name}</a>`;
  return html`${name} <b>${entry.subject}</b>`;
}

const detailOf = (/** @type {Record<string, any>} */ detail) =>
  Object.entries(detail)
    .map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join(" · ");
