import { formatSpace, limit } from '@memlane/contracts';
import { listGiven, listReceived } from '@memlane/read-model';
import { freshnessOf, type Answerer } from './query-context.js';

/** Who sees what: the spaces that an owner shares, and those that others share with the owner. */
export const listShares: Answerer<'list-shares'> = (context, { owner, standing }) => {
  const { models, partitions } = context;
  const most = limit('shares_listed');
  const received = [];
  let total = 0;
  for (let partition = 0; partition < partitions; partition += 1) {
    const found = listReceived(models.db(partition), [owner], most - received.length);
    received.push(...found.shares);
    total += found.total;
  }
  return {
    you: owner,
    given: listGiven(models.db(standing.partition), owner).map(({ tag, grantee, access, at }) => ({
      space: formatSpace({ owner, tag }),
      tag,
      with: grantee,
      access,
      since: at,
    })),
    received: received
      .map(({ owner: from, tag, access, at }) => ({
        space: formatSpace({ owner: from, tag }),
        tag,
        from,
        access,
        since: at,
      }))
      .toSorted((a, b) => (a.space < b.space ? -1 : 1)),
    left_out: total - received.length,
    ...freshnessOf(standing),
  };
};
