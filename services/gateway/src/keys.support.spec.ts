import { prepareKey, type NewKeyRequest } from '@memlane/auth';
import {
  COMMIT_VERSION,
  eventTypes,
  partitionOf,
  streams,
  subjects,
  type AccountEvent,
  type StoredCommit,
} from '@memlane/contracts';
import { connectNats, openLog } from '@memlane/event-log';
import type { TestNatsServer } from '@memlane/testkit';
import { randomUUID } from 'node:crypto';

// Support of the other specs: keys for a gateway without a command handler, as events that are written by hand.

export type KeyMaker = Awaited<ReturnType<typeof startKeyMaker>>;

export async function startKeyMaker(nats: TestNatsServer, partitions: number) {
  const nc = await connectNats(nats.env, { name: 'keys' });
  const log = await openLog(nc, { partitions, replicas: 1 });
  const owners = new Map<string, string>();

  /** Sequence of the last commit on an account, 0 for none. */
  async function lastSeqOf(owner: string): Promise<number> {
    const partition = partitionOf(owner, partitions);
    const subject = subjects.event(partition, owner, 'account');
    const last = await log.jsm.streams.getMessage(streams.events(partition), { last_by_subj: subject });
    return last?.seq ?? 0;
  }

  async function append(owner: string, event: AccountEvent): Promise<void> {
    const commit: StoredCommit = {
      v: COMMIT_VERSION,
      commandId: randomUUID(),
      fingerprint: '',
      owner,
      actor: 'test',
      client: 'test',
      at: new Date().toISOString(),
      correlationId: '',
      events: [{ ...event, id: randomUUID(), v: eventTypes[event.type].version }],
      result: {},
    };
    const expectedLastSubjectSeq = await lastSeqOf(owner);
    const appended = await log.append(commit, { aggregate: 'account', expectedLastSubjectSeq });
    if (!appended.ok) throw new Error(appended.reason);
  }

  return {
    lastSeqOf,
    createKey: async ({ owner, ...request }: NewKeyRequest) => {
      const { key, payload } = await prepareKey(request);
      owners.set(payload.id, owner);
      await append(owner, { type: 'key-created', data: payload });
      return { key, id: payload.id };
    },
    revokeKey: (id: string) => append(owners.get(id) ?? '', { type: 'key-revoked', data: { id } }),
    stop: () => nc.close(),
  };
}
