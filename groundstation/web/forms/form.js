// What all forms share: the draft behind them, and the bar with the button that files.

import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { draft, keeper } from "./drafts.js";
import { nameOf } from "./model.js";

/**
 * The values of a form: those of its draft where there is one, else `first()`; every change is
 * on the disk at once. Null while it is looked up.
 * @template T
 * @param {{ id: string, login: string, form: string, first: () => Promise<T> | T, onTrouble: (error: unknown) => void }} about
 * @returns {{ values: T | null, error: any, set: (values: T) => void, rest: () => Promise<void>, drop: () => void }}
 */
export function useDraft({ id, login, form, first, onTrouble }) {
  const [values, setValues] = useState(/** @type {T | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const kept = useRef(/** @type {any} */ (null));
  kept.current ??= keeper(onTrouble);

  useEffect(() => {
    let gone = false;
    setValues(null);
    draft(id)
      .catch(() => undefined) // a private window keeps nothing, and files all the same
      .then((found) => (found && found.login === login ? found.values : first()))
      .then((found) => gone || setValues(found), (error) => gone || setError(error));
    return () => void (gone = true);
  }, [id, login]);

  return {
    values,
    error,
    set(next) {
      setValues(next);
      kept.current.keep({ id, login, form, updated_ms: Date.now(), values: next });
    },
    rest: () => kept.current.rest(),
    drop: () => kept.current.drop(),
  };
}

/** The bar at the foot: what is left out is said once, and then it is the person's decision. */
export function FilingBar({ words, lacks, asked, busy, onFile }) {
  const { t } = words;
  const said = lacks.map((/** @type {any} */ lack) => (typeof lack === "string" ? t(lack) : nameOf(lack, words.language)));
  return html`<footer class="filing">
    <div class="said" role="status">
      ${asked && said.length ? html`<b>${t("file_lacks")}</b> ${[...new Set(said)].join(", ")}` : t("file_kept_here")}
    </div>
    <button type="button" class="primary" disabled=${busy} onClick=${onFile}>
      ${t(asked && said.length ? "file_submit_anyway" : "file_submit")}
    </button>
  </footer>`;
}
