import { listRepositories as readRepositories } from '@memlane/code-index';
import { freshnessOf } from '../query-context.js';
import type { CodeAnswerer } from './code-context.js';

/** The repositories of one owner and how they are. */
export const listRepositories: CodeAnswerer<'list-repositories'> = ({ models }, { owner, standing }) => ({
  repositories: readRepositories(models.db(standing.partition), owner).map(
    ({ problem, skipped, syncedAt: synced_at, everyMinutes: every_minutes, ...rest }) => ({
      ...rest,
      ...(problem !== null && { problem }),
      skipped: { ...skipped },
      synced_at,
      every_minutes,
    }),
  ),
  ...freshnessOf(standing),
});
