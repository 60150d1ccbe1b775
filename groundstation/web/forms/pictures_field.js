// Photographs of a record: onto this browser's disk when chosen, to the station when filed.

import { html, useEffect, useState } from "../vendor/htm-preact.js";
import { shelf } from "./shelf.js";
import { uuid7 } from "./uuid7.js";

/** @typedef {{ id: string, name: string, bytes: number }} Picture its blob lies on the shelf */

const MB = 1_000_000;

export function PicturesField({ words, value, onChange, onTrouble }) {
  const { t } = words;
  /** @param {FileList} files */
  async function take(files) {
    const taken = [];
    for (const file of files) {
      const picture = { id: uuid7(), name: file.name, bytes: file.size };
      try {
        await shelf("readwrite", ({ blobs }) => blobs.put({ id: picture.id, blob: file }));
        taken.push(picture);
      } catch (error) {
        onTrouble(error);
        break;
      }
    }
    if (taken.length) onChange([...value, ...taken]);
  }

  async function remove(/** @type {Picture} */ picture) {
    onChange(value.filter((/** @type {Picture} */ p) => p.id !== picture.id));
    await shelf("readwrite", ({ blobs }) => blobs.delete(picture.id));
  }

  const input = (/** @type {string} */ text, /** @type {Record<string, any>} */ props) => html`<label class="button">
    ${text}
    <input type="file" accept="image/*,.heic,.heif" ...${props} onChange=${(/** @type {any} */ event) => {
      void take(event.target.files);
      event.target.value = "";
    }} />
  </label>`;

  return html`<div class="pictures">
    ${value.map((/** @type {Picture} */ picture) => html`<figure key=${picture.id}>
      <${Thumbnail} id=${picture.id} name=${picture.name} />
      <figcaption>${(picture.bytes / MB).toLocaleString(words.language, { maximumFractionDigits: 1 })} ${t("file_mb")}</figcaption>
      <button type="button" aria-label=${t("file_picture_remove", { name: picture.name })} onClick=${() => remove(picture)}>×</button>
    </figure>`)}
    ${input(t("file_camera"), { capture: "environment" })}
    ${input(t("file_from_files"), { multiple: true })}
  </div>`;
}

/** A picture on the shelf; its name where the browser cannot draw it. */
export function Thumbnail({ id, name }) {
  const [url, setUrl] = useState("");
  const [drawn, setDrawn] = useState(true);
  useEffect(() => {
    let made = "";
    shelf("readonly", ({ blobs }) => blobs.get(id)).then((kept) => {
      if (kept) setUrl((made = URL.createObjectURL(kept.blob)));
    }, console.warn);
    return () => URL.revokeObjectURL(made);
  }, [id]);
  if (!url || !drawn) return html`<div class="no-picture">${name}</div>`;
  return html`<img src=${url} alt=${name} onError=${() => setDrawn(false)} />`;
}
