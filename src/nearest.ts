/** "Did you mean ...?": the known word that a mistyped one was probably meant to be. */
import { closest, distance } from "fastest-levenshtein";

/**
 * The word of `words` with the smallest Levenshtein distance to `word`, ignoring case, or `undefined` when more than a
 * third of the letters would have to change (one letter is always allowed).
 *
 * @example
 * nearest("gatis", ["slim", "gatys"]); // "gatys"
 * nearest("banana", ["slim", "gatys"]); // undefined
 */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const lowered = words.map((known) => known.toLowerCase());
  const best = closest(word.toLowerCase(), lowered);
  const allowed = Math.max(1, Math.floor(word.length / 3));
  return words.length > 0 && distance(word.toLowerCase(), best) <= allowed ? words[lowered.indexOf(best)] : undefined;
}
