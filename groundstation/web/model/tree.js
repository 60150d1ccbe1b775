// Trees of frozen nodes, addressed by the keys on the way down: `["violation", "snare"]`.

/** @typedef {{ key: string, children?: any[], [name: string]: any }} Node */

/** @returns {Node | null} */
export function at(/** @type {Node[]} */ nodes, /** @type {string[]} */ path) {
  const [key, ...rest] = path;
  const node = nodes.find((n) => n.key === key) ?? null;
  return node === null || rest.length === 0 ? node : at(node.children ?? [], rest);
}

/** The siblings under the path (empty: the roots), replaced by what `work` makes of them. @returns {Node[]} */
export function under(/** @type {Node[]} */ nodes, /** @type {string[]} */ path, /** @type {(children: Node[]) => Node[]} */ work) {
  if (path.length === 0) return work(nodes);
  const [key, ...rest] = path;
  return nodes.map((node) => (node.key === key ? { ...node, children: under(node.children ?? [], rest, work) } : node));
}

/** The node at the path with other parts. */
export const changed = (/** @type {Node[]} */ nodes, /** @type {string[]} */ path, /** @type {Record<string, any>} */ parts) =>
  under(nodes, path.slice(0, -1), (siblings) => siblings.map((node) => (node.key === path.at(-1) ? { ...node, ...parts } : node)));

/** The node one place up (-1) or down (1) among its siblings. */
export const moved = (/** @type {Node[]} */ nodes, /** @type {string[]} */ path, /** @type {number} */ by) =>
  under(nodes, path.slice(0, -1), (siblings) => shifted(siblings, siblings.findIndex((node) => node.key === path.at(-1)), by));

export const removed = (/** @type {Node[]} */ nodes, /** @type {string[]} */ path) =>
  under(nodes, path.slice(0, -1), (siblings) => siblings.filter((node) => node.key !== path.at(-1)));

/** @template T @param {T[]} items @param {number} from @param {number} by @returns {T[]} */
export function shifted(items, from, by) {
  const to = from + by;
  if (to < 0 || to >= items.length) return items;
  const copy = [...items];
  copy.splice(to, 0, ...copy.splice(from, 1));
  return copy;
}

/** Every node with its path, parents first; below a path for which `opens` is false nothing. */
export function lines(/** @type {Node[]} */ nodes, /** @type {(path: string[]) => boolean} */ opens = () => true, /** @type {string[]} */ above = []) {
  return nodes.flatMap((/** @type {Node} */ node) => {
    const path = [...above, node.key];
    /** @type {{ node: Node, path: string[] }[]} */
    const below = node.children?.length && opens(path) ? lines(node.children, opens, path) : [];
    return [{ node, path }, ...below];
  });
}
