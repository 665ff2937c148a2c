import { readHits, readLines, searchCodeLegs, type CodeHit, type CodeScope } from '@memlane/code-index';
import { fuseCode } from '@memlane/code-intel';
import { limit } from '@memlane/contracts';
import type { Db } from '@memlane/projection';
import { freshnessOf } from '../query-context.js';
import { checkLanguage, checkRepositories } from './check-filter.js';
import type { CodeAnswerer } from './code-context.js';
import { cutName } from './cut-name.js';
import { fitHits, type ShownHit } from './fit-hits.js';

/** A chunk of one-line definitions has a few dozen. */
const NAMES_PER_HIT = 50;

/** Finds code by its words, by the names in the query and by meaning, ranked together. */
export const searchCode: CodeAnswerer<'search-code'> = async ({ models, vectors }, { owner, input, standing }) => {
  const { query, repositories, language, path, kind } = input;
  checkLanguage(language);
  checkRepositories(models.db(standing.partition), owner, repositories);
  const scope: CodeScope = { owner, filter: { repositories, language, path, kind } };
  const pool = limit('code_search_pool');
  const nearest = await vectors.search(query, scope, standing.partition, pool);
  // Taken after the wait: a rebuild may have replaced the file meanwhile.
  const db = models.db(standing.partition);
  const legs = { ...searchCodeLegs(db, scope, query, pool), vectors: nearest.keys };
  const candidates = readHits(db, scope, [...new Set(Object.values(legs).flat())]);
  const ranked = fuseCode({ query, legs, candidates }).slice(0, input.limit);
  const { hits, leftOut } = fitHits(
    ranked.map((hit) => ({ ...toShown(db, hit, input.context_lines), ...(input.memories && { names: namesOf(hit) }) })),
    input.max_chars,
  );
  return {
    hits,
    legs: { text: 'ok', symbols: 'ok', vectors: nearest.state },
    ...(leftOut !== undefined && { left_out: leftOut }),
    ...freshnessOf(standing),
  };
};

function toShown(db: Db, hit: CodeHit & { readonly score: number }, contextLines: number): ShownHit {
  const { repository, commit, path, symbol, kind, language, score } = hit;
  const around =
    contextLines === 0
      ? undefined
      : readLines(db, hit.blob, { startLine: hit.startLine - contextLines, endLine: hit.endLine + contextLines });
  const { startLine, endLine, text } = around ?? hit;
  return {
    ...{ repository, commit, path, start_line: startLine, end_line: endLine },
    ...(symbol !== null && { symbol: cutName(symbol) }),
    ...(kind !== null && { kind }),
    ...{ language, text: text.replace(/\n$/u, ''), score },
    bare: { start_line: hit.startLine, end_line: hit.endLine, text: hit.text.replace(/\n$/u, '') },
  };
}

/** Names of the definitions that begin in a hit, and of those that it is a part of. */
function namesOf({ symbol, defines }: CodeHit): string[] {
  const around = symbol?.split('.') ?? [];
  return [...new Set([...around, ...defines])].slice(0, NAMES_PER_HIT).map(cutName);
}
