import { readCandidates, readHits, readLines, searchCodeLegs, type CodeHit, type CodeScope } from '@memlane/code-index';
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
  const nearestOf = await vectors.ask(query, scope, standing.partition, pool);
  const before = models.db(standing.partition);
  const found = findByWords(before, scope, query, pool);
  const nearest = await nearestOf();
  const db = models.db(standing.partition);
  // A rebuild may have replaced the file meanwhile, in which the same keys are of other chunks.
  const byWords = db === before ? found : findByWords(db, scope, query, pool);
  const legs = { ...byWords.legs, vectors: nearest.keys };
  const others = nearest.keys.filter((key) => !byWords.keys.has(key));
  const candidates = [...byWords.candidates, ...readCandidates(db, scope, others)];
  const ranked = fuseCode({ query, legs, candidates }).slice(0, input.limit);
  const scores = new Map(ranked.map(({ key, score }) => [key, score]));
  const shown = readHits(db, scope, [...scores.keys()]);
  const { hits, leftOut } = fitHits(
    shown.map((hit) => ({
      ...toShown(db, hit, input.context_lines),
      score: scores.get(hit.key) ?? 0,
      ...(input.memories && { names: namesOf(hit) }),
    })),
    input.max_chars,
  );
  return {
    hits,
    legs: { text: 'ok', symbols: 'ok', vectors: nearest.state },
    ...(leftOut !== undefined && { left_out: leftOut }),
    ...freshnessOf(standing),
  };
};

/** What is found without the vectors, and what ranking needs to know of it. */
function findByWords(db: Db, scope: CodeScope, query: string, pool: number) {
  const legs = searchCodeLegs(db, scope, query, pool);
  const keys = new Set(Object.values(legs).flat());
  return { legs, keys, candidates: readCandidates(db, scope, [...keys]) };
}

function toShown(db: Db, hit: CodeHit, contextLines: number): Omit<ShownHit, 'score'> {
  const { repository, commit, path, symbol, kind, language } = hit;
  const around =
    contextLines === 0
      ? undefined
      : readLines(db, hit.blob, { startLine: hit.startLine - contextLines, endLine: hit.endLine + contextLines });
  const { startLine, endLine, text } = around ?? hit;
  return {
    ...{ repository, commit, path, start_line: startLine, end_line: endLine },
    ...(symbol !== null && { symbol: cutName(symbol) }),
    ...(kind !== null && { kind }),
    ...{ language, text: text.replace(/\n$/u, '') },
    bare: { start_line: hit.startLine, end_line: hit.endLine, text: hit.text.replace(/\n$/u, '') },
  };
}

/** Names of the definitions that begin in a hit, and of those that it is a part of. */
function namesOf({ symbol, defines }: CodeHit): string[] {
  const around = symbol?.split('.') ?? [];
  return [...new Set([...around, ...defines])].slice(0, NAMES_PER_HIT).map(cutName);
}
