import { errorBody, limit, type CommandPayload, type CommandResults } from '@memlane/contracts';
import type { Decision, DecisionContext } from '../decision.js';
import { normaliseTags } from './fingerprints.js';
import type { MemoryFactsReader, MemoryFilter } from './state.js';

/** Deletes what the filter matches. A dry run and a filter that matches nothing change nothing. */
export function decideDeleteMemories(
  facts: MemoryFactsReader,
  payload: CommandPayload<'delete-memories'>,
  { now }: DecisionContext,
): Decision<CommandResults['delete-memories']> {
  const { ids, tags, tags_match, after, before, dry_run = false } = payload;
  if (ids === undefined && tags === undefined && after === undefined && before === undefined)
    return { kind: 'rejected', error: errorBody('MEMLANE_ERR_EMPTY_FILTER') };
  const filter: MemoryFilter = {
    ...(ids ? { ids: [...new Set(ids)] } : {}),
    ...(tags ? { tags: normaliseTags(tags), tagsMatch: tags_match ?? 'any' } : {}),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
  };
  const max = limit('deletes_per_call');
  const matched = facts.matching(filter, now, max + 1);
  if (matched.length > max)
    return { kind: 'rejected', error: errorBody('MEMLANE_ERR_TOO_MANY_MATCHES', undefined, { limit: max }) };
  const result = { deleted: matched.length, ids: matched, dry_run };
  if (dry_run || matched.length === 0) return { kind: 'quiet', result };
  return { kind: 'append', events: [{ type: 'memories-deleted', data: { ids: [...matched] } }], result };
}
