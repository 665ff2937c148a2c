/** One FTS5 string: whatever is inside is text to the tokenizer, never syntax. */
function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** The term of the text index that stands for an owner: of no word's form, and nothing that the stemmer changes. */
export function ownerToken(ownerKey: number): string {
  return `o${ownerKey}`;
}

/**
 * Keeps words to the columns beside the owner's, where any of them might be found in that one. FTS5 goes through all places of
 * a word in all its rows for a filter, and most words need none: letters without diacritics and digits are one token, of
 * which the stemmer keeps the beginning.
 */
function within(columns: readonly string[], words: readonly string[]): string {
  const mayMeanOwner = words.some((word) => !/^[a-z\d]+$/u.test(word) || /^o\d/u.test(word));
  return mayMeanOwner ? `{${columns.join(' ')}} : ` : '';
}

/**
 * FTS5 expression that matches rows of one owner with any of the words. The owner's token is a term of the index, so
 * that other owners' rows are never ranked, let alone returned.
 *
 * @param owner see {@link ownerToken}; without one rows of all owners match
 * @param words at least one
 * @param columns all of the table but the owner's
 */
export function matchAnyWord(owner: string | undefined, words: readonly string[], columns: readonly string[]): string {
  const any = `${within(columns, words)}(${words.map(quote).join(' OR ')})`;
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
  return `${within(columns, [word])}${quote(word)}`;
}

/** FTS5 expression that matches rows of one owner that have these words next to each other, in this order. */
export function matchPhrase(owner: string, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  return `owner : ${quote(owner)} AND window : ${quote(words.join(' '))}`;
}
