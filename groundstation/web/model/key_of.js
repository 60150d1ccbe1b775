// Keys as SMART makes them of names: small Latin letters, digits, underscores.

const LATIN = /** @type {Record<string, string>} */ ({
  а: "a", б: "b", в: "v", г: "g", д: "d", е: "e", ё: "e", ж: "zh", з: "z", и: "i", й: "y", к: "k", л: "l", м: "m", н: "n",
  о: "o", п: "p", р: "r", с: "s", т: "t", у: "u", ф: "f", х: "kh", ц: "ts", ч: "ch", ш: "sh", щ: "shch", ъ: "", ы: "y",
  ь: "", э: "e", ю: "yu", я: "ya",
}); // prettier-ignore
const LONGEST = 60;

/** One that `taken` does not have yet. */
export function keyOf(/** @type {string} */ name, /** @type {string[]} */ taken) {
  const letters = [...name.toLowerCase()].map((letter) => LATIN[letter] ?? letter).join("");
  const base = letters.replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "").slice(0, LONGEST) || "x";
  let key = base;
  for (let n = 2; taken.includes(key); n++) key = `${base}_${n}`;
  return key;
}
