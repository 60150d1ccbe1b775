// A raid's way as the page needs it: one line a navigator, lines by what they say, a profile along
// the way, and a time without the nights. Pure functions; nothing here draws.

/**
 * A segment of a track, `GET /api/v1/raids/{id}/way`; columns of equal length.
 * @typedef {object} Part
 * @property {string} leg
 * @property {number} track
 * @property {string | null} unit null: it came by a file
 * @property {string | null} person_name
 * @property {number} utc_offset_s
 * @property {(number | null)[]} time_ms
 * @property {(number | null)[]} lat_deg
 * @property {(number | null)[]} lon_deg
 * @property {(number | null)[]} alt_amsl_m
 * @property {(number | null)[]} step_m of the step that leads to the point
 * @property {boolean[]} counted whether that step counts; another navigator may count it
 * @property {number[]} marks
 */
/** @typedef {{ t: number | null, lon: number, lat: number, alt: number | null, step_m: number, counted: boolean, gap: boolean }} Point */
/**
 * What one navigator recorded, in the order of time.
 * @typedef {object} Navigator
 * @property {string} key
 * @property {string | null} name who carried it
 * @property {number} utc_offset_s
 * @property {number} counted_m what it adds to the raid
 * @property {Point[]} points
 */

// As in groundstation/dock/cleanup/.
const ASIDE = 1 | 2 | 16; // outlier, jitter, no position
const GAP_BEFORE = 4;
export const PAUSE_MS = 10 * 60_000; // longer, and the replay jumps over it

/** Navigators of a raid; tracks of one that follow each other in time are one line. */
export function navigatorsOf(/** @type {Part[]} */ parts) {
  /** @type {(Navigator & { end: number })[]} */
  const found = [];
  for (const part of [...parts].sort((a, b) => startOf(a) - startOf(b))) {
    const points = pointsOf(part);
    if (!points.length) continue;
    const whose = part.unit ?? part.person_name ?? "";
    const times = points.map((p) => p.t).filter((t) => t !== null);
    // The same name twice at one time: two units, and two lines.
    let own = found.find((n) => n.key.startsWith(`${whose}#`) && n.end <= (times[0] ?? Infinity));
    if (!own) {
      own = { key: `${whose}#${found.length}`, name: part.person_name, utc_offset_s: part.utc_offset_s, counted_m: 0, points: [], end: -Infinity };
      found.push(own);
    }
    own.points.push(...points);
    own.counted_m += points.reduce((sum, p) => sum + (p.counted ? p.step_m : 0), 0);
    own.end = times.at(-1) ?? own.end;
  }
  return /** @type {Navigator[]} */ (found);
}

const startOf = (/** @type {Part} */ part) => part.time_ms.find((t) => t !== null) ?? 0;

/** Points of the way itself, without what lies beside it. */
function pointsOf(/** @type {Part} */ part) {
  /** @type {Point[]} */
  const points = [];
  let gap = true; // nothing leads to the first one
  part.marks.forEach((mark, i) => {
    gap ||= Boolean(mark & GAP_BEFORE);
    const lat = part.lat_deg[i];
    const lon = part.lon_deg[i];
    if (mark & ASIDE || lat === null || lon === null) return;
    points.push({ t: part.time_ms[i], lon, lat, alt: part.alt_amsl_m[i], step_m: part.step_m[i] ?? 0, counted: part.counted[i], gap });
    gap = false;
  });
  return points;
}

/** Lines of a navigator: what counts, what another one counts already, where nobody knows. */
export function linesOf(/** @type {Navigator} */ { points }) {
  /** @type {Record<"counted" | "again" | "gap", [number, number][][]>} */
  const lines = { counted: [], again: [], gap: [] };
  let kind = "";
  points.forEach((point, i) => {
    if (i === 0) return;
    const before = points[i - 1];
    const next = point.gap ? "gap" : point.counted ? "counted" : "again";
    const group = lines[/** @type {keyof typeof lines} */ (next)];
    if (next !== kind || next === "gap") group.push([[before.lon, before.lat]]);
    group[group.length - 1].push([point.lon, point.lat]);
    kind = next;
  });
  return lines;
}

/**
 * Height and speed along the way, in at most `bins` steps of equal length.
 * @returns {{ length_m: number, steps: { at_m: number, i: number, alt_m: number | null, speed_m_s: number | null }[] }}
 */
export function profileOf(/** @type {Navigator} */ { points }, bins = 500) {
  const length_m = points.reduce((sum, p) => sum + (p.gap ? 0 : p.step_m), 0);
  const wide_m = length_m / bins;
  const steps = [];
  let at_m = 0;
  let bin = { from_m: 0, first: 0, heights: /** @type {number[]} */ ([]), moved_m: 0, took_ms: 0 };
  points.forEach((p, i) => {
    const before = points[i - 1];
    if (i > 0 && !p.gap) {
      at_m += p.step_m;
      const took_ms = p.t !== null && before.t !== null ? p.t - before.t : 0;
      if (took_ms > 0 && took_ms < PAUSE_MS) {
        bin.moved_m += p.step_m;
        bin.took_ms += took_ms;
      }
    }
    if (p.alt !== null) bin.heights.push(p.alt);
    if (at_m - bin.from_m < wide_m && i < points.length - 1) return;
    const { heights } = bin;
    steps.push({
      at_m: (bin.from_m + at_m) / 2,
      i: Math.floor((bin.first + i) / 2),
      alt_m: heights.length ? heights.reduce((a, b) => a + b) / heights.length : null,
      speed_m_s: bin.took_ms ? (bin.moved_m / bin.took_ms) * 1000 : null,
    });
    bin = { from_m: at_m, first: i, heights: [], moved_m: 0, took_ms: 0 };
  });
  return { length_m, steps: length_m > 0 ? steps : [] };
}

/**
 * The raid's time without its nights and long rests.
 * @returns {{ total_ms: number, spans: { from: number, until: number, before_ms: number }[],
 *   timeAt: (played_ms: number) => number, playedAt: (time_ms: number) => number }}
 */
export function timelineOf(/** @type {Navigator[]} */ navigators) {
  /** @type {{ from: number, until: number }[]} */
  const heard = [];
  for (const { points } of navigators) {
    let last = -Infinity;
    for (const { t } of points) {
      if (t === null) continue;
      if (t - last > PAUSE_MS) heard.push({ from: t, until: t });
      else heard[heard.length - 1].until = t;
      last = t;
    }
  }
  heard.sort((a, b) => a.from - b.from);
  /** @type {{ from: number, until: number, before_ms: number }[]} */
  const spans = [];
  let total_ms = 0;
  for (const { from, until } of heard) {
    const open = spans.at(-1);
    if (open && from - open.until <= PAUSE_MS) open.until = Math.max(open.until, until);
    else spans.push({ from, until, before_ms: 0 });
  }
  for (const span of spans) {
    span.before_ms = total_ms;
    total_ms += span.until - span.from;
  }
  return {
    total_ms,
    spans,
    timeAt(played_ms) {
      const span = spans.findLast((s) => s.before_ms <= played_ms) ?? spans[0];
      return Math.min(span.until, span.from + played_ms - span.before_ms);
    },
    playedAt(time_ms) {
      const span = spans.findLast((s) => s.from <= time_ms) ?? spans[0];
      return span.before_ms + Math.min(span.until, Math.max(span.from, time_ms)) - span.from;
    },
  };
}

/** Where a navigator was; null before its first and after its last fix, or while it was off. */
export function placeAt(/** @type {Navigator} */ { points }, /** @type {number} */ time_ms) {
  const i = indexAt(points, time_ms);
  const [a, b] = [points[i], points[i + 1]];
  if (!a || a.t === null || time_ms < a.t) return null;
  if (!b || b.t === null) return time_ms - a.t <= PAUSE_MS ? { lon: a.lon, lat: a.lat, i } : null;
  if (b.t - a.t > PAUSE_MS) return null;
  const share = b.t === a.t ? 0 : (time_ms - a.t) / (b.t - a.t);
  return { lon: a.lon + share * (b.lon - a.lon), lat: a.lat + share * (b.lat - a.lat), i };
}

/** The last point not after that time; points without a time count as those before them. */
function indexAt(/** @type {Point[]} */ points, /** @type {number} */ time_ms) {
  let low = 0;
  let high = points.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((points[middle].t ?? -Infinity) <= time_ms) low = middle;
    else high = middle - 1;
  }
  return low;
}
