// The data model as the forms ask it: categories by hkey, each with all it asks about.

/** @typedef {Record<string, string>} Names by language */
/** @typedef {{ key: string, names: Names, is_active: boolean, children: Node[] }} Node */
/**
 * @typedef {object} Attribute
 * @property {string} key
 * @property {"NUMERIC" | "TEXT" | "BOOLEAN" | "DATE" | "LIST" | "MLIST" | "TREE"} type
 * @property {Names} names
 * @property {boolean} is_required
 * @property {number | null} minimum
 * @property {number | null} maximum
 * @property {string | null} regex
 * @property {Node[]} values
 * @property {boolean} personal
 */
/**
 * @typedef {object} Category
 * @property {string} hkey keys from the root on, each followed by a dot
 * @property {Names} names
 * @property {string[]} path names' hkeys from the root to this one
 * @property {Category[]} children active ones
 * @property {Attribute[]} attributes its own, then its parents'
 */

/** A name in the language, or in whichever there is. */
export const nameOf = (/** @type {Names | undefined} */ names, /** @type {string} */ language) =>
  names?.[language] ?? names?.ru ?? names?.en ?? Object.values(names ?? {})[0] ?? "";

/** @param {any} document `GET /api/v1/model` @returns {Map<string, Category>} active categories */
export function categoriesOf(document) {
  /** @type {Map<string, Attribute>} */
  const attributes = new Map(document.attributes.map((/** @type {Attribute} */ a) => [a.key, a]));
  /** @type {Map<string, Category>} */
  const found = new Map();

  function walk(/** @type {any[]} */ defs, /** @type {Category | null} */ parent) {
    const categories = [];
    for (const def of defs.filter((d) => d.is_active)) {
      const hkey = `${parent?.hkey ?? ""}${def.key}.`;
      const uses = def.attributes.filter((/** @type {any} */ use) => use.is_active);
      const own = uses.map((/** @type {any} */ use) => attributes.get(use.key)).filter(Boolean);
      const asked = [...new Set([...own, ...(parent?.attributes ?? [])])];
      /** @type {Category} */
      const category = { hkey, names: def.names, path: [...(parent?.path ?? []), hkey], children: [], attributes: asked };
      found.set(hkey, category);
      category.children = walk(def.children, category);
      categories.push(category);
    }
    return categories;
  }
  walk(document.categories, null);
  return found;
}

/** "Violation / Snare"; a category the model does not have by its key. */
export function titleOf(/** @type {Map<string, Category>} */ categories, /** @type {string | null} */ hkey, /** @type {string} */ language) {
  const category = hkey === null ? undefined : categories.get(hkey);
  if (!category) return hkey ?? "";
  return category.path.map((part) => nameOf(categories.get(part)?.names, language)).join(" / ");
}

/** A tree's entries below each other: { key: hkey, names, depth, leaf }. */
export function flat(/** @type {Node[]} */ nodes, above = "", depth = 0) {
  return nodes
    .filter((node) => node.is_active)
    .flatMap((/** @type {Node} */ node) => {
      const key = `${above}${node.key}.`;
      /** @type {{ key: string, names: Names, depth: number, leaf: boolean }[]} */
      const below = flat(node.children, key, depth + 1);
      return [{ key, names: node.names, depth, leaf: below.length === 0 }, ...below];
    });
}

/** What is wrong with a value: a word of the table, or null. */
export function wrongWith(/** @type {Attribute} */ attribute, /** @type {any} */ value) {
  const absent = value === undefined || value === null || value === "" || (Array.isArray(value) && !value.length);
  if (absent) return attribute.is_required ? "file_missing" : null;
  if (attribute.type === "NUMERIC") {
    if (attribute.minimum !== null && value < attribute.minimum) return "file_too_small";
    if (attribute.maximum !== null && value > attribute.maximum) return "file_too_large";
  }
  if (attribute.type === "TEXT" && attribute.regex && !matches(attribute.regex, value)) return "file_wrong_form";
  return null;
}

function matches(/** @type {string} */ regex, /** @type {string} */ value) {
  try {
    return new RegExp(`^(?:${regex})$`, "u").test(value);
  } catch {
    return true; // another program's dialect: the station says what it thinks
  }
}
