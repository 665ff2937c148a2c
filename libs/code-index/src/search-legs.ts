import { legWeights, namesInQuery, type CodeLeg } from '@memlane/code-intel';
import type { Db } from '@memlane/projection';
import type { CodeScope } from './scope.js';
import { searchSymbols } from './search-symbols.js';
import { searchCodeNames, searchCodeText } from './search-text.js';

/**
 * Keys of the chunks that each leg finds, best first. That of vectors is not among them: they are in another file. A leg
 * that counts for nothing in such a query is not asked.
 *
 * @param pool best chunks of each leg, at least 1
 */
export function searchCodeLegs(
  db: Db,
  scope: CodeScope,
  query: string,
  pool: number,
): Readonly<Record<Exclude<CodeLeg, 'vectors'>, number[]>> {
  return {
    text: searchCodeText(db, scope, query, pool),
    names: legWeights(query).names > 0 ? searchCodeNames(db, scope, query, pool) : [],
    symbols: searchSymbols(db, scope, namesInQuery(query), pool),
  };
}
