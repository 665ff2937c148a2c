import { findSymbol as findPlaces } from '@memlane/code-index';
import { freshnessOf } from '../query-context.js';
import type { CodeAnswerer } from './code-context.js';

/** Finds where a symbol is defined, used, called, what it calls, or what implements it. */
export const findSymbol: CodeAnswerer<'find-symbol'> = ({ models }, { owner, input, standing }) => {
  const { name, relation, repositories, limit } = input;
  const scope = { owner, filter: { repositories } };
  // One more than is shown tells whether there are more.
  const found = findPlaces(models.db(standing.partition), scope, { name, relation, limit: limit + 1 });
  const symbols = found
    .slice(0, limit)
    .map(({ startLine: start_line, endLine: end_line, ...place }) => ({ ...place, start_line, end_line }));
  return {
    symbols,
    ...(found.length > limit && { left_out: `more than ${limit} places: narrow by repositories, or raise limit` }),
    ...freshnessOf(standing),
  };
};
