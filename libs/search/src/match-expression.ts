/** One FTS5 string: whatever is inside is text to the tokenizer, never syntax. */
function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/**
 * FTS5 expression that matches rows of one owner with any of the words. The owner's token is a term of the index, so
 * that other owners' rows are never ranked, let alone returned.
 *
 * @returns `undefined` when there are no words
 */
export function matchAnyWord(ownerToken: string, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  return `owner : ${quote(ownerToken)} AND window : (${words.map(quote).join(' OR ')})`;
}

/** FTS5 expression that matches rows of one owner that have these words next to each other, in this order. */
export function matchPhrase(ownerToken: string, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  return `owner : ${quote(ownerToken)} AND window : ${quote(words.join(' '))}`;
}
