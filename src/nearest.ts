/** "Did you mean ...?": the known word that a mistyped one was probably meant to be. */

/**
 * The word of `words` with the smallest Levenshtein distance to `word`, ignoring case, or `undefined` when more than a
 * third of the letters would have to change (one letter is always allowed).
 *
 * @example
 * nearest("gatis", ["slim", "gatys"]); // "gatys"
 * nearest("banana", ["slim", "gatys"]); // undefined
 */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const best = closest(word, words);
  if (best === undefined || distance(word, best) > Math.max(1, Math.floor(word.length / 3))) return undefined;
  return best;
}

/** The word of `words` with the smallest Levenshtein distance to `word`, ignoring case: the first of equals. */
export function closest(word: string, words: readonly string[]): string | undefined {
  const distances = words.map((known) => distance(word, known));
  return words[distances.indexOf(Math.min(...distances))];
}

/** Letters to be inserted, deleted or replaced (Wagner and Fischer 1974), row by row of the table of all prefixes. */
function distance(a: string, b: string): number {
  const [from, to] = [a.toLowerCase(), b.toLowerCase()];
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      next.push(Math.min(row[j + 1] + 1, next[j] + 1, row[j] + (from[i] === to[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[to.length];
}
