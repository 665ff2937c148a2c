import { listRepositories as readRepositories } from '@memlane/code-index';
import { decodeCursor, encodeCursor, fingerprintQuery } from '../cursor.js';
import { fitAnswer } from '../fit-answer.js';
import { freshnessOf } from '../query-context.js';
import type { CodeAnswerer } from './code-context.js';

/** The repositories of one owner and how they are, as many as fit into one answer. */
export const listRepositories: CodeAnswerer<'list-repositories'> = ({ models }, { owner, input, standing }) => {
  const fingerprint = fingerprintQuery(owner, 'list-repositories', input);
  const offset = decodeCursor(fingerprint, input.cursor, 'listed')?.offset ?? 0;
  const all = readRepositories(models.db(standing.partition), owner);
  const repositories = fitAnswer(
    all.slice(offset).map(({ problem, skipped, syncedAt: synced_at, everyMinutes: every_minutes, ...rest }) => ({
      ...rest,
      ...(problem !== null && { problem }),
      skipped: { ...skipped },
      synced_at,
      every_minutes,
    })),
  );
  const end = offset + repositories.length;
  return {
    repositories,
    ...freshnessOf(standing),
    ...(end < all.length && { next_cursor: encodeCursor(fingerprint, { kind: 'listed', offset: end }) }),
  };
};
