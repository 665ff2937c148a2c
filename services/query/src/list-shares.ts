import { formatSpace, limit } from '@memlane/contracts';
import { listGiven, listReceived, teamsOf } from '@memlane/read-model';
import { decodeCursor, encodeCursor, fingerprintQuery } from './cursor.js';
import { fitAnswer } from './fit-answer.js';
import { freshnessOf, type Answerer } from './query-context.js';

/** Who sees what: the spaces that an owner shares, then those that others share with the owner; as many as fit. */
export const listShares: Answerer<'list-shares'> = async (context, { owner, input, standing }) => {
  const { models, partitions, freshness } = context;
  const fingerprint = fingerprintQuery(owner, 'list-shares', input);
  const offset = decodeCursor(fingerprint, input.cursor, 'listed')?.offset ?? 0;
  // Who shares with this user, or is in a team with it, is not known before it is looked up.
  await freshness.reachAccounts();
  const teams = Array.from({ length: partitions }, (_, partition) => teamsOf(models.db(partition), owner))
    .flat()
    .sort();
  const most = limit('shares_listed');
  const received = [];
  let total = 0;
  for (let partition = 0; partition < partitions; partition += 1) {
    const found = listReceived(models.db(partition), [owner, ...teams], most - received.length);
    received.push(...found.shares);
    total += found.total;
  }
  const given = listGiven(models.db(standing.partition), owner).map(({ tag, grantee, access, at }) => ({
    space: formatSpace({ owner, tag }),
    tag,
    with: grantee,
    access,
    since: at,
  }));
  const all = [
    ...given.map((share) => ({ given: [share], received: [] })),
    ...received
      .map(({ owner: from, tag, grantee, access, at }) => ({
        space: formatSpace({ owner: from, tag }),
        tag,
        from,
        with: grantee,
        access,
        since: at,
      }))
      .toSorted((a, b) => (a.space < b.space ? -1 : 1))
      .map((share) => ({ given: [], received: [share] })),
  ];
  const shown = fitAnswer(all.slice(offset), teams);
  const end = offset + shown.length;
  return {
    you: owner,
    teams,
    given: shown.flatMap((page) => page.given),
    received: shown.flatMap((page) => page.received),
    left_out: total - received.length,
    ...freshnessOf(standing),
    ...(end < all.length && { next_cursor: encodeCursor(fingerprint, { kind: 'listed', offset: end }) }),
  };
};
