import { queries, type QueryName } from '@memlane/contracts';
import { codeMemories } from './code-memories.js';
import { getMemory } from './get-memory.js';
import { listMemories } from './list-memories.js';
import { listShares } from './list-shares.js';
import { memoryOverview } from './memory-overview.js';
import { memoryUsage } from './memory-usage.js';
import { checkAccess, openSources } from './open-sources.js';
import type { Answerer, QueryContext } from './query-context.js';
import { spaceAccess } from './space-access.js';
import { searchMemories } from './search-memories.js';
import type { PrepareAnswer } from './serve-queries.js';

const answerers: { readonly [N in QueryName]: Answerer<N> } = {
  'search-memories': searchMemories,
  'get-memory': getMemory,
  'list-memories': listMemories,
  'memory-usage': memoryUsage,
  'code-memories': codeMemories,
  'memory-overview': memoryOverview,
  'space-access': spaceAccess,
  'list-shares': listShares,
};

/** How a query on memories is answered; `undefined` when there is none of this name. */
export function answererOf(context: QueryContext, name: string): PrepareAnswer | undefined {
  if (!isQueryName(name)) return undefined;
  // The input is of the query that the subject names.
  const answerer = answerers[name] as Answerer<QueryName>;
  return async ({ owner, input }) => {
    const { standing, sources } = await openSources(context, owner, input);
    return () => {
      checkAccess(context, owner, input, sources);
      return answerer(context, { owner, input, standing, sources });
    };
  };
}

function isQueryName(name: string): name is QueryName {
  return Object.hasOwn(queries, name);
}
