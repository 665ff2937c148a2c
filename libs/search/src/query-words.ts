import { limit } from '@memlane/contracts';
import { eng } from 'stopword';

/** Words that a question is made of and that every text has: ranking by them only adds noise. */
const STOP_WORDS = new Set([
  ...eng,
  'why',
  'whose',
  'whom',
  'having',
  'doing',
  'until',
  'during',
  's',
  't',
  'd',
  'll',
  're',
  've',
]);

/** What the FTS5 tokenizer `unicode61` takes for one token, combining marks included. */
const WORD = /[\p{L}\p{N}\p{Co}][\p{L}\p{N}\p{Co}\p{M}]*/gu;

/** All words of a text, in order, lower case. */
export function splitWords(text: string): string[] {
  return (text.match(WORD) ?? []).map((word) => word.toLowerCase());
}

/**
 * The words that a query is looked up by: distinct, without stop words unless nothing else remains, at most
 * `query_terms`.
 */
export function queryWords(query: string): string[] {
  const all = [...new Set(splitWords(query))];
  const telling = all.filter((word) => !STOP_WORDS.has(word));
  return (telling.length > 0 ? telling : all).slice(0, limit('query_terms'));
}
