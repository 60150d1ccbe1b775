// What forms need to know: the data model, people, terms, camera traps. Read once a page, kept.

import { useEffect, useState } from "../vendor/htm-preact.js";
import { get } from "../api.js";
import { lastKnown } from "./known.js";
import { categoriesOf, nameOf } from "./model.js";

const PATHS = /** @type {const} */ (["model", "people", "terms", "sites"]);

/** Null while it is read; `error` where nothing is known of one of them. */
export function useReference(/** @type {{ login: string }} */ me) {
  const [reference, setReference] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  useEffect(() => {
    let gone = false;
    Promise.all(PATHS.map((path) => lastKnown(me.login, path, () => get(path)))).then(
      (answers) => gone || setReference(referenceOf(answers)),
      (error) => gone || setError(error),
    );
    return () => void (gone = true);
  }, [me.login]);
  return { reference, error };
}

function referenceOf(/** @type {{ value: any, fresh: boolean, time_ms: number }[]} */ answers) {
  const [model, people, terms, sites] = answers.map((answer) => answer.value?.items ?? answer.value);
  return {
    categories: categoriesOf(model.document),
    people,
    terms,
    sites,
    /** Since when it may be out of date; null: it is fresh. */
    since_ms: answers.every((a) => a.fresh) ? null : Math.min(...answers.map((a) => a.time_ms)),
  };
}

/** For a Picker: those still there, and whichever is chosen already. */
export const peopleItems = (/** @type {any} */ reference, /** @type {any[]} */ chosen = []) =>
  reference.people
    .filter((/** @type {any} */ p) => p.active || chosen.includes(p.person))
    .map((/** @type {any} */ p) => ({ key: p.person, text: p.name, more: [p.team, p.employee_id].filter(Boolean).join(" · ") }));

export const termItems = (/** @type {any} */ reference, /** @type {string} */ kind, /** @type {string} */ language, /** @type {string | null} */ chosen = null) =>
  reference.terms
    .filter((/** @type {any} */ term) => term.kind === kind && (term.active || term.key === chosen))
    .map((/** @type {any} */ term) => ({ key: term.key, text: nameOf(term.names, language), patrol_type: term.patrol_type }));

export const nameOfPerson = (/** @type {any} */ reference, /** @type {number} */ person) =>
  reference.people.find((/** @type {any} */ p) => p.person === person)?.name ?? `№ ${person}`;
