// Signs, drawn here because a station's laptop may lack the font that has them.

import { html } from "./vendor/htm-preact.js";

const PATHS = /** @type {const} */ ({
  map: "M9 4 L3 6 L3 20 L9 18 L15 20 L21 18 L21 4 L15 6 Z M9 4 L9 18 M15 6 L15 20",
  way: "M6 20 C6 14 18 16 18 10 C18 6 12 7 9 8 M6 17.5 A2.5 2.5 0 1 0 6.01 17.5 M9 5 L6 8 L9 11",
  pen: "M4 20 L5 15 L16 4 L20 8 L9 19 Z M14 6 L18 10",
  bars: "M4 20 L20 20 M6 20 L6 13 L9 13 L9 20 M11 20 L11 5 L14 5 L14 20 M16 20 L16 9 L19 9 L19 20",
  paw: "M12 12 C9 12 6.5 15 6.5 17.2 C6.5 19 8 19.6 9.5 19.2 C11 18.8 13 18.8 14.5 19.2 C16 19.6 17.5 19 17.5 17.2 C17.5 15 15 12 12 12 Z M5.2 8.6 A1.7 2.2 0 1 0 5.21 8.6 M9.6 4.8 A1.7 2.3 0 1 0 9.61 4.8 M14.4 4.8 A1.7 2.3 0 1 0 14.41 4.8 M18.8 8.6 A1.7 2.2 0 1 0 18.81 8.6",
  people: "M9 11 A3.5 3.5 0 1 0 8.99 11 M2.5 20 C2.5 15.5 5 13.5 9 13.5 C13 13.5 15.5 15.5 15.5 20 M16 11 A3 3 0 1 0 14.5 5.4 M17.5 13.8 C20 14.4 21.5 16.4 21.5 20",
  tree: "M5 4 L5 19 L10 19 M5 7 L10 7 M5 13 L10 13 M10 5 L20 5 L20 9 L10 9 Z M10 11 L20 11 L20 15 L10 15 Z M10 17 L20 17 L20 21 L10 21 Z",
  key: "M8.5 20 A4.5 4.5 0 1 0 8.49 20 M11.8 12.4 L19.5 4.5 M16 8 L19 11 M18 6 L20.5 8.5",
  log: "M6 3 L18 3 L18 21 L6 21 Z M9 8 L15 8 M9 12 L15 12 M9 16 L13 16",
  person: "M12 12 A4 4 0 1 0 11.99 12 M4 21 C4 16 7 14.5 12 14.5 C17 14.5 20 16 20 21",
  more: "M4.6 12 L5.4 12 M11.6 12 L12.4 12 M18.6 12 L19.4 12",
  bell: "M12 3 C8 3 7 6 7 9 L7 14 L5 17 L19 17 L17 14 L17 9 C17 6 16 3 12 3 Z M10 19 A2 2 0 0 0 14 19",
  navigator: "M8 5 L8 3 L10 3 L10 5 M7 5 L17 5 L17 21 L7 21 Z M9.5 8 L14.5 8 L14.5 14 L9.5 14 Z M10.5 17.5 L13.5 17.5",
  play: "M8 5 L19 12 L8 19 Z",
  pause: "M8 5 L8 19 M16 5 L16 19",
  print: "M7 8 L7 3 L17 3 L17 8 M4 8 L20 8 L20 17 L17 17 L17 13 L7 13 L7 17 L4 17 Z M7 13 L17 13 L17 21 L7 21 Z",
  back: "M14 5 L7 12 L14 19",
  cross: "M6 6 L18 18 M18 6 L6 18",
});

/** @param {{ name: keyof typeof PATHS, off?: boolean }} props off: struck through */
export const Sign = ({ name, off = false }) => html`<svg class=${`sign sign-${name}`} viewBox="0 0 24 24" aria-hidden="true">
  <path d=${PATHS[name]} />
  ${off && html`<path d="M4 4 L20 20" />`}
</svg>`;

export const HalfDisc = () => html`<svg class="sign" viewBox="0 0 24 24" aria-hidden="true">
  <circle cx="12" cy="12" r="8" /><path d="M12 4 A8 8 0 0 1 12 20 Z" fill="currentColor" />
</svg>`;
