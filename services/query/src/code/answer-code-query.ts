import { codeQueries, type CodeQueryInput, type CodeQueryName } from '@memlane/contracts';
import type { PrepareAnswer } from '../serve-queries.js';
import type { CodeAnswerer, CodeQueryContext } from './code-context.js';
import { findSymbol } from './find-symbol.js';
import { listRepositories } from './list-repositories.js';
import { listSyncs } from './list-syncs.js';
import { locateLinks } from './locate-links.js';
import { readCode } from './read-code.js';
import { repoMap } from './repo-map.js';
import { searchCode } from './search-code.js';

const answerers: { readonly [N in CodeQueryName]: CodeAnswerer<N> } = {
  'list-repositories': listRepositories,
  'list-syncs': listSyncs,
  'locate-links': locateLinks,
  'search-code': searchCode,
  'find-symbol': findSymbol,
  'read-code': readCode,
  'repo-map': repoMap,
};

/** How a query on code is answered; `undefined` when there is none of this name. */
export function codeAnswererOf(context: CodeQueryContext, name: string): PrepareAnswer | undefined {
  if (!isCodeQueryName(name)) return undefined;
  // The input is of the query that the subject names.
  const answerer = answerers[name] as CodeAnswerer<CodeQueryName>;
  return async (request) => {
    const { owner } = request;
    const input = request.input as CodeQueryInput<CodeQueryName>;
    const standing = await context.freshness.reach(owner, input.position);
    return () => answerer(context, { owner, input, standing });
  };
}

function isCodeQueryName(name: string): name is CodeQueryName {
  return Object.hasOwn(codeQueries, name);
}
