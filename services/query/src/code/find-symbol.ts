import { findSymbol as findPlaces } from '@memlane/code-index';
import { fitAnswer } from '../fit-answer.js';
import { freshnessOf } from '../query-context.js';
import { checkRepositories } from './check-filter.js';
import type { CodeAnswerer } from './code-context.js';
import { cutName } from './cut-name.js';

/** Finds where a symbol is defined, used, called, what it calls, or what implements it. */
export const findSymbol: CodeAnswerer<'find-symbol'> = ({ models }, { owner, input, standing }) => {
  const { name, relation, repositories, limit } = input;
  const db = models.db(standing.partition);
  checkRepositories(db, owner, repositories);
  const scope = { owner, filter: { repositories } };
  // One more than is shown tells whether there are more.
  const found = findPlaces(db, scope, { name, relation, limit: limit + 1 });
  const symbols = fitAnswer(
    found.slice(0, limit).map(({ startLine: start_line, endLine: end_line, ...place }) => ({
      ...place,
      name: cutName(place.name),
      start_line,
      end_line,
    })),
  );
  const how = symbols.length < limit ? 'by repositories' : 'by repositories, or raise limit';
  return {
    symbols,
    ...(found.length > symbols.length && { left_out: `more than ${symbols.length} places: narrow ${how}` }),
    ...freshnessOf(standing),
  };
};
