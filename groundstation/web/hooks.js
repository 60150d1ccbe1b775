// What components of every page share.

import { useEffect, useState } from "./vendor/htm-preact.js";

/** A choice that outlives the visit. @returns {[string, (next: string) => void]} */
export function useKept(/** @type {string} */ key, /** @type {string} */ initial) {
  const [value, setValue] = useState(localStorage.getItem(key) ?? initial);
  return [
    value,
    (next) => {
      localStorage.setItem(key, next);
      setValue(next);
    },
  ];
}

/** The station's time, redrawn once a second, for the ages. */
export function useNow(/** @type {{ clockAhead_ms: number }} */ records) {
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return Date.now() + records.clockAhead_ms;
}

/** Redraws when the station's records changed, at most once a frame. */
export function useChanges(/** @type {import("./records.js").Records} */ records) {
  const [, setVersion] = useState(0);
  useEffect(() => {
    let redraw = 0;
    const changed = () => {
      redraw ||= requestAnimationFrame(() => {
        redraw = 0;
        setVersion((n) => n + 1);
      });
    };
    const unwatch = records.watch({ onHotspot: changed, onVehicle: changed, onDock: changed, onLink: changed });
    return () => {
      unwatch();
      cancelAnimationFrame(redraw);
    };
  }, [records]);
}

/**
 * What an asynchronous question was answered, asked anew when `about` changes; an answer that
 * comes after the next question is let go.
 * @template T
 * @param {() => Promise<T>} ask
 * @param {unknown[]} about
 * @returns {{ value: T | null, error: unknown, again: () => void }} the last value stays while the next is asked for
 */
export function useAnswer(ask, about) {
  const [state, setState] = useState(/** @type {{ value: T | null, error: unknown }} */ ({ value: null, error: null }));
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let late = false;
    ask().then(
      (value) => late || setState({ value, error: null }),
      (error) => late || setState((was) => ({ ...was, error })),
    );
    return () => void (late = true);
  }, [...about, turn]);
  return { ...state, again: () => setTurn((n) => n + 1) };
}
