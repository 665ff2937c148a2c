const OUTSIDE_WORD = /[^\p{L}\p{N}\p{M}\p{Co}]/u;

/**
 * The longest run of a literal text that is certain to be whole words wherever the text occurs. Its first and last
 * word may be parts of longer words there ("gres is" in "Postgres isn't"), so they only count where the text itself
 * sets them off by another character.
 *
 * @returns text between the cut words; empty when nothing is certain
 */
export function certainWords(literal: string): string {
  const characters = [...literal];
  const first = characters.findIndex((character) => OUTSIDE_WORD.test(character));
  const last = characters.findLastIndex((character) => OUTSIDE_WORD.test(character));
  return first === -1 || first === last ? '' : characters.slice(first + 1, last).join('');
}
