/** One FTS5 string: whatever is inside is text to the tokenizer, never syntax. */
function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** The term of the text index that stands for an owner: of no word's form, and nothing that the stemmer changes. */
export function ownerToken(ownerKey: number): string {
  return `o${ownerKey}`;
}

/**
 * FTS5 expression that matches rows of one owner with any of the words. The owner's token is a term of the index, so
 * that other owners' rows are never ranked, let alone returned.
 *
 * @param owner see {@link ownerToken}; without one rows of all owners match
 * @param words at least one
 * @param columns that the words may stand in
 */
export function matchAnyWord(owner: string | undefined, words: readonly string[], columns: readonly string[]): string {
  const any = `{${columns.join(' ')}} : (${words.map(quote).join(' OR ')})`;
  return owner === undefined ? any : `owner : ${quote(owner)} AND ${any}`;
}

/**
 * FTS5 expression that matches rows of one owner with any of the rare words. The common ones find no row of their own: they
 * only count in the rank of those that are found. Every word is in it twice, so that `bm25()` weighs all of them alike.
 */
export function matchRareWords(
  owner: string | undefined,
  { rare, common }: { readonly rare: readonly string[]; readonly common: readonly string[] },
  columns: readonly string[],
): string {
  const ranked = matchAnyWord(undefined, [...rare, ...common, ...common], columns);
  return `${matchAnyWord(owner, rare, columns)} AND ${ranked}`;
}

/** FTS5 expression that matches rows with a word, whoever they are of. */
export function matchWord(word: string, columns: readonly string[]): string {
  return `{${columns.join(' ')}} : ${quote(word)}`;
}

/** FTS5 expression that matches rows of one owner that have these words next to each other, in this order. */
export function matchPhrase(owner: string, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  return `owner : ${quote(owner)} AND window : ${quote(words.join(' '))}`;
}
