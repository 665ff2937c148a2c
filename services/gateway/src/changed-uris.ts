import { kindOfAggregate } from '@memlane/contracts';
import type { LogMessage } from '@memlane/event-log';
import { describeCommit } from './describe-commit.js';
import { memoryUri } from './memory-uri.js';

/** URIs of the memories that a message of the log changed. */
export function changedUris(message: LogMessage): readonly string[] {
  if (kindOfAggregate(message.aggregate) !== 'memory') return [];
  const commit = message.readCommit();
  const events = (commit && describeCommit(commit, message.aggregate)?.events) ?? [];
  return [...new Set(events.flatMap(({ ids }) => ids))].map(memoryUri);
}
