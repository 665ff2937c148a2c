/** What FTS5's tokenizer `unicode61` keeps together, and `_`, `$` and `-` between, as in identifiers. */
const IDENTIFIER = /[\p{L}\p{N}_$]+(?:-[\p{L}\p{N}_$]+)*/gu;
/** `parse|Http|Request`, `HTTP|Server`, `snake|case`, `utf|8`. */
const PART = /\p{Lu}+(?![\p{Ll}\p{M}])|\p{Lu}?[\p{Ll}\p{Lo}\p{Lt}\p{Lm}\p{M}]+|\p{N}+/gu;

/** The words of one identifier, lower case: `parseHTTPRequest_v2` is `parse http request v 2`. */
export function identifierParts(identifier: string): string[] {
  return (identifier.match(PART) ?? []).map((part) => part.toLowerCase());
}

/**
 * The words of a text for FTS5, identifiers split at case changes, digits, `_` and `-`. A compound is kept beside its
 * parts, written together and in lower case, so that it is found by its exact name as well:
 * `parseToken(x)` becomes `parsetoken parse token x`.
 */
export function splitIdentifiers(text: string): string {
  return splitIdentifierWords(text).join(' ');
}

/** As `splitIdentifiers`, as a list, in order. */
export function splitIdentifierWords(text: string): string[] {
  const words: string[] = [];
  for (const [identifier] of text.matchAll(IDENTIFIER)) {
    const parts = identifierParts(identifier);
    if (parts.length > 1) words.push(parts.join(''));
    words.push(...parts);
  }
  return words;
}
