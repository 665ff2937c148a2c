import { memlaneError } from '@memlane/contracts';
import { grantIn } from './open-sources.js';
import { freshnessOf, type Answerer } from './query-context.js';

/** What a caller may do in a space of somebody else, and to whom that is given: the gateway asks before it writes. */
export const spaceAccess: Answerer<'space-access'> = (context, { owner, standing, sources }) => {
  const [source] = sources;
  const [tag] = source?.within ?? [];
  const grant = source && tag !== undefined ? grantIn(context, owner, source, tag) : undefined;
  if (!grant) throw memlaneError('MEMLANE_ERR_NOT_FOUND');
  return { ...grant, ...freshnessOf(standing, sources) };
};
