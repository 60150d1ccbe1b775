// A list of the station page by page, as one scrolls: newest first, asked anew when the filter changes.

import { useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { get, query } from "../api.js";

const PAGE = 60;
const NEAR = "800px"; // below the edge, and the next page is asked for

/**
 * @param {string} path @param {Record<string, string>} filter
 * @returns {{ items: any[] | null, sums: any, error: unknown, whole: boolean, foot: any,
 *   reload: () => void, first: boolean }} `foot`: ref of what stands below the last line;
 *   `first`: no more than one page is there
 */
export function useList(path, filter) {
  const asked = query({ ...filter, limit: PAGE });
  const empty = { items: /** @type {any[] | null} */ (null), sums: null, after: "", error: /** @type {unknown} */ (null), of: "" };
  const [list, setList] = useState(empty);
  const [turn, setTurn] = useState(0);
  const busy = useRef(false);
  const foot = useRef(/** @type {HTMLElement | null} */ (null));

  async function read(/** @type {string} */ after, /** @type {{ late: boolean }} */ round) {
    busy.current = true;
    try {
      const answer = await get(`${path}${asked}${after && `&after=${encodeURIComponent(after)}`}`);
      if (round.late) return;
      setList((was) => ({
        items: after ? [...(was.items ?? []), ...answer.items] : answer.items,
        sums: after ? was.sums : (answer.sums ?? null),
        after: answer.after ?? "",
        error: null,
        of: asked,
      }));
    } catch (error) {
      if (!round.late) setList((was) => ({ ...was, error }));
    } finally {
      busy.current = false;
    }
  }

  useEffect(() => {
    const round = { late: false };
    void read("", round);
    return () => void (round.late = true);
  }, [asked, turn]);

  useEffect(() => {
    if (!foot.current || !list.after || list.of !== asked) return;
    const round = { late: false };
    const seen = new IntersectionObserver(
      ([entry]) => entry.isIntersecting && !busy.current && read(list.after, round),
      { rootMargin: NEAR },
    );
    seen.observe(foot.current);
    return () => {
      round.late = true;
      seen.disconnect();
    };
  }, [list.after, list.of, asked]);

  const { items, sums, error } = list;
  const reload = () => setTurn((n) => n + 1);
  return { items, sums, error, whole: items !== null && !list.after, foot, reload, first: (items?.length ?? 0) <= PAGE };
}

/** Arrows walk the lines, "/" goes to the search; for the page that is shown. */
export function useKeys(/** @type {boolean} */ shown, /** @type {{ current: HTMLElement | null }} */ list, /** @type {{ current: HTMLInputElement | null }} */ search) {
  useEffect(() => {
    if (!shown) return;
    const pressed = (/** @type {KeyboardEvent} */ event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      const typing = /** @type {HTMLElement} */ (event.target).closest?.("input, select, textarea");
      if (event.key === "/" && !typing) {
        event.preventDefault();
        search.current?.focus();
      } else if (event.key === "Escape" && typing === search.current) {
        search.current?.blur();
      } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && (!typing || typing === search.current)) {
        event.preventDefault();
        step(list.current, event.key === "ArrowDown" ? 1 : -1);
      }
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [shown]);
}

function step(/** @type {HTMLElement | null} */ list, /** @type {number} */ by) {
  const lines = /** @type {HTMLElement[]} */ ([...(list?.querySelectorAll("a.line") ?? [])]);
  const now = lines.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = lines[now === -1 ? 0 : Math.max(0, Math.min(lines.length - 1, now + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}
