/** First and last character that are not of a word, and what lies between them. */
const BETWEEN_CUT_WORDS =
  /^[\p{L}\p{N}\p{M}\p{Co}]*[^\p{L}\p{N}\p{M}\p{Co}](.*)[^\p{L}\p{N}\p{M}\p{Co}][\p{L}\p{N}\p{M}\p{Co}]*$/su;

/**
 * The longest run of a literal text that is certain to be whole words wherever the text occurs. Its first and last
 * word may be parts of longer words there ("gres is" in "Postgres isn't"), so they only count where the text itself
 * sets them off by another character.
 *
 * @returns text between the cut words; empty when nothing is certain
 */
export function certainWords(literal: string): string {
  return BETWEEN_CUT_WORDS.exec(literal)?.[1] ?? '';
}
