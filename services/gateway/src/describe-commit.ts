import type { CommitNotice, StoredCommit } from '@memlane/contracts';
import { UnknownEventError, upcastEvent } from '@memlane/event-log';

/** A commit as a stream of changes tells it, but for its position. */
export type CommitDescription = Omit<CommitNotice, 'position'>;

/**
 * What a commit changed. Of an event that is newer than this build only its type is told: whoever listens learns that
 * something happened, and reads it from a newer one.
 *
 * @param types only events of these; `undefined`: all
 * @returns `undefined` when no event is left
 */
export function describeCommit(
  commit: StoredCommit,
  aggregate: string,
  types?: ReadonlySet<string>,
): CommitDescription | undefined {
  const events = commit.events.filter(({ type }) => !types || types.has(type)).map((event) => describeEvent(event));
  const { at: time, client, by } = commit;
  return events.length > 0 ? { time, aggregate, client, ...(by === undefined ? {} : { by }), events } : undefined;
}

type StoredEvent = StoredCommit['events'][number];

function describeEvent(event: StoredEvent): CommitNotice['events'][number] {
  const { type } = event;
  const data = newestData(event);
  const { job_id: jobId } = data;
  return {
    type,
    ids: idsOf(data),
    ...(type === 'memory-stored' ? { version: 1 } : numberIn(data, 'version')),
    ...(typeof jobId === 'string' ? { job_id: jobId, ...numberIn(data, 'done'), ...numberIn(data, 'total') } : {}),
  };
}

function numberIn(data: Readonly<Record<string, unknown>>, field: 'version' | 'done' | 'total') {
  const value = data[field];
  return typeof value === 'number' ? { [field]: value } : {};
}

function newestData(event: StoredEvent): Readonly<Record<string, unknown>> {
  try {
    return { ...upcastEvent(event).data };
  } catch (error) {
    if (error instanceof UnknownEventError) return {};
    throw error;
  }
}

/** Events name what they are about by `id` or by `ids`; those of a repository are about their aggregate. */
function idsOf({ id, ids }: Readonly<Record<string, unknown>>): string[] {
  const all = Array.isArray(ids) ? ids : [id];
  return all.filter((one) => typeof one === 'string');
}
