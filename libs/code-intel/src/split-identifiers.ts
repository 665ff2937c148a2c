/** How identifiers are told from what lies between them, and their parts from one another. */
interface Alphabet {
  /** What FTS5's tokenizer `unicode61` keeps together, and `_`, `$` and `-` between, as in identifiers. */
  readonly identifier: RegExp;
  /** `parse|Http|Request`, `HTTP|Server`, `snake|case`, `utf|8`. */
  readonly part: RegExp;
}

const unicode: Alphabet = {
  identifier: /[\p{L}\p{N}_$]+(?:-[\p{L}\p{N}_$]+)*/gu,
  part: /\p{Lu}+(?![\p{Ll}\p{M}])|\p{Lu}?[\p{Ll}\p{Lo}\p{Lt}\p{Lm}\p{M}]+|\p{N}+/gu,
};
/** The same for texts that have nothing else, as nearly all code: several times as fast. */
const ascii: Alphabet = {
  identifier: /[A-Za-z0-9_$]+(?:-[A-Za-z0-9_$]+)*/g,
  part: /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g,
};
const BEYOND_ASCII = /[^\u0000-\u007f]/;
/** An identifier of one part, as most are. */
const SINGLE = /^[a-z]+$/;

function alphabetOf(text: string): Alphabet {
  return BEYOND_ASCII.test(text) ? unicode : ascii;
}

/** The words of one identifier, lower case: `parseHTTPRequest_v2` is `parse http request v 2`. */
export function identifierParts(identifier: string): string[] {
  return partsOf(identifier, alphabetOf(identifier));
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
  const alphabet = alphabetOf(text);
  const words: string[] = [];
  for (const identifier of text.match(alphabet.identifier) ?? []) {
    if (SINGLE.test(identifier)) {
      words.push(identifier);
      continue;
    }
    const parts = partsOf(identifier, alphabet);
    if (parts.length > 1) words.push(parts.join(''));
    words.push(...parts);
  }
  return words;
}

function partsOf(identifier: string, { part }: Alphabet): string[] {
  return (identifier.match(part) ?? []).map((one) => one.toLowerCase());
}
