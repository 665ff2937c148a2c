import { limit } from '@memlane/contracts';

/** What a query asks by. `symbol`: a name alone; `mixed`: words with a name among them; `natural`: words. */
export type CodeQueryKind = 'symbol' | 'natural' | 'mixed';

/** One name, qualified or not, perhaps with its call's brackets: `Sinatra::Base`, `a->b`, `ns\Type`, `#close`, `foo()`. */
const ONE_NAME = /^[@#$.]?[\p{L}_$][\p{L}\p{N}_$]*(?:(?:::|->|\\|[./#:-])[\p{L}_$][\p{L}\p{N}_$]*)*[!?]?(?:\(\))?$/u;
/** Has a joint that prose has not: a case change, `_`, `::`, `.name`, `()`. */
const JOINED = /[\p{Ll}\p{N}]\p{Lu}|\p{L}_|_\p{L}|::|->|\\|\p{L}\.\p{L}|\(\)|\p{Lu}{2,}\p{Ll}|^[#@$]/u;
const NAME = /[\p{L}_$][\p{L}\p{N}_$]*(?:(?:::|->|\\|[.#])[\p{L}_$][\p{L}\p{N}_$]*)*(?:\(\))?/gu;
const QUALIFIER = /::|->|\\|[./#]/u;
/** Words with an inner joint that are names of things, not of code. */
const PRODUCT_NAMES = new Set([
  'GitHub',
  'GraphQL',
  'JavaScript',
  'OpenAPI',
  'OAuth',
  'PostgreSQL',
  'MySQL',
  'TypeScript',
  'WebSocket',
  'YouTube',
  'SQLite',
  'macOS',
  'iOS',
]);

/** Names that a query mentions, as they are written there, without their qualifiers and calling brackets. */
export function namesInQuery(query: string): string[] {
  const text = query.slice(0, limit('query_chars')).trim();
  if (isOneName(text)) return [...new Set(lastNames(text))];
  const names = (text.match(NAME) ?? []).filter((word) => JOINED.test(word) && !PRODUCT_NAMES.has(word));
  return [...new Set(names.flatMap(lastNames))];
}

/** Tells what kind a query is. */
export function classifyQuery(query: string): CodeQueryKind {
  const text = query.slice(0, limit('query_chars')).trim();
  if (isOneName(text)) return 'symbol';
  return namesInQuery(text).length > 0 ? 'mixed' : 'natural';
}

/** A single lower-case word may be prose (`session`), so it counts as a name only when it has a joint or a capital. */
function isOneName(text: string): boolean {
  return ONE_NAME.test(text) && (JOINED.test(text) || /\p{Lu}/u.test(text));
}

function lastNames(name: string): string[] {
  const bare = name.replace(/\(\)$/u, '').replace(/^[@#$.]/u, '');
  const last = bare.split(QUALIFIER).at(-1);
  return last === undefined || last === '' ? [] : [last];
}
