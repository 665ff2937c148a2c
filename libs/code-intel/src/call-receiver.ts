import type { LanguageRules } from './rules/language-rules.js';

/** Characters before a name that are looked at; a longer receiver is no plain name. */
const LOOKED_AT = 80;
/** A name with its qualifiers, when nothing before it makes it a part of something else. */
const PLAIN = /(?<!\.|::|->|\?|[\p{L}\p{N}_$@])([\p{L}_$@][\p{L}\p{N}_$]*(?:(?:\.|::|\\)[\p{L}_$][\p{L}\p{N}_$]*)*)$/u;
const MARK = /(?:(?<!\.)[?&!]?\.|->|::)$/u;

/**
 * What a call goes through, by the text before the name that is called, which is alike in most languages: `store` in
 * `store.open()`, `Store` in `Store::open()`; empty when it is no plain name (`stores[0].open()`).
 *
 * @returns `undefined` when nothing is called through anything
 */
export function callReceiver(text: string, start: number, rules: LanguageRules): string | undefined {
  const before = text.slice(Math.max(0, start - LOOKED_AT), start);
  const mark = MARK.exec(before)?.[0];
  if (mark === undefined || (mark === '.' && rules.dotJoinsStrings === true)) return undefined;
  const receiver = PLAIN.exec(before.slice(0, -mark.length).trimEnd())?.[1] ?? '';
  return receiver.length + mark.length < LOOKED_AT ? receiver : '';
}
