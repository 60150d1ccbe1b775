// A smaller copy of a photograph, with the time and place of the original.
//
// JPEG (ITU-T T.81, annex B): after FF D8 segments FF xx, length; Exif is an APP1, FF E1.

const SIDE_PX = 4096;
const QUALITY = 0.85;

/** JPEG; null where this browser cannot draw the original. @returns {Promise<Blob | null>} */
export async function reduced(/** @type {Blob} */ original) {
  let bitmap;
  try {
    // The pixels as they lie: Exif says which way is up, and goes along.
    bitmap = await createImageBitmap(original, { imageOrientation: "none" });
  } catch {
    return null;
  }
  const scale = Math.min(1, SIDE_PX / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const jpeg = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  const exif = exifOf(new Uint8Array(await original.slice(0, 1 << 18).arrayBuffer()));
  return new Blob([jpeg.slice(0, 2), ...(exif ? [exif] : []), jpeg.slice(2)], { type: "image/jpeg" });
}

/** The segment with its marker; null where there is none. */
function exifOf(/** @type {Uint8Array<ArrayBuffer>} */ bytes) {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return null;
  for (let at = 2; at + 10 < bytes.length && bytes[at] === 0xff; ) {
    const end = at + 2 + bytes[at + 2] * 256 + bytes[at + 3];
    const named = String.fromCharCode(...bytes.subarray(at + 4, at + 8)) === "Exif";
    if (bytes[at + 1] === 0xe1 && named && end <= bytes.length) return bytes.slice(at, end);
    at = end;
  }
  return null;
}
