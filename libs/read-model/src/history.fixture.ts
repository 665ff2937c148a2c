import { createHash } from 'node:crypto';
import type { Commit, DomainEvent, MemoryEvent } from '@memlane/contracts';
import fc from 'fast-check';
import type { CommitItem } from './apply-commits.js';

const START = Date.parse('2026-01-01T00:00:00.000Z');
const WORDS = [
  'apple',
  'banana',
  'running',
  'runs',
  'café',
  'decision',
  'o1',
  'OR',
  '"quoted"',
  '東京',
  'repo://shop/a.ts#b',
];

export function timeOf(seq: number): string {
  return new Date(START + seq * 60_000).toISOString();
}

/** A commit as the log would hold it. */
export function commitOf(seq: number, owner: string, events: readonly DomainEvent[], at = timeOf(seq)): CommitItem {
  const commit: Commit = {
    v: 1,
    commandId: `c${seq}`,
    fingerprint: '',
    owner,
    actor: 'key',
    client: 'test',
    at,
    correlationId: `c${seq}`,
    events: events.map((event, index) => ({ ...event, id: `e${seq}-${index}` })),
    result: null,
  };
  return { seq, commit };
}

/** A `memory-stored` event. */
export function stored(id: string, content: string, more: Partial<StoredData> = {}): MemoryEvent {
  const content_hash = createHash('sha256').update(content).digest('hex');
  const rest = { type: null, tags: [], metadata: {}, conversation_id: null, expires_at: null };
  return { type: 'memory-stored', data: { id, content, content_hash, ...rest, ...more } };
}
type StoredData = Extract<MemoryEvent, { type: 'memory-stored' }>['data'];

interface Step {
  readonly owner: number;
  readonly kind:
    'store' | 'store-two' | 'update' | 'retag' | 'delete' | 'store-again' | 'share' | 'unshare' | 'join' | 'leave';
  readonly pick: number;
  readonly words: readonly string[];
  readonly conversation: number | null;
  readonly tags: readonly string[];
}

const steps = fc.array(
  fc.record<Step>({
    owner: fc.integer({ min: 0, max: 2 }),
    kind: fc.constantFrom(
      'store',
      'store',
      'store',
      'store-two',
      'update',
      'retag',
      'delete',
      'store-again',
      'share',
      'unshare',
      'join',
      'leave',
    ),
    pick: fc.nat(),
    words: fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 6 }),
    conversation: fc.option(fc.integer({ min: 0, max: 1 })),
    tags: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }),
  }),
  { maxLength: 40 },
);

/** Any history that the decider could have written: updates and deletions only of what is there. */
export const histories: fc.Arbitrary<CommitItem[]> = steps.map((list) => {
  const live = new Map<string, { owner: string; version: number }>();
  const gone = new Map<string, string>();
  const items: CommitItem[] = [];
  for (const [index, step] of list.entries()) {
    const seq = index + 1;
    const owner = `owner-${step.owner}`;
    const events = eventsOf(step, seq, owner, live, gone);
    if (events.length > 0) items.push(commitOf(seq, owner, events));
  }
  return items;
});

function eventsOf(
  step: Step,
  seq: number,
  owner: string,
  live: Map<string, { owner: string; version: number }>,
  gone: Map<string, string>,
): DomainEvent[] {
  const store = (id: string): MemoryEvent => {
    live.set(id, { owner, version: 1 });
    return stored(id, step.words.join(' '), {
      tags: [...step.tags],
      type: step.tags[0] ?? null,
      conversation_id: step.conversation === null ? null : `talk-${step.conversation}`,
      metadata: step.pick % 3 === 0 ? { speaker: 'Ann' } : {},
      expires_at: step.pick % 5 === 0 ? timeOf(seq + 3) : null,
    });
  };
  const share = { tag: step.tags[0] ?? 'a', grantee: `owner-${step.pick % 3}` };
  if (step.kind === 'share')
    return [{ type: 'space-shared', data: { ...share, access: step.pick % 2 === 0 ? 'read' : 'write' } }];
  if (step.kind === 'unshare') return [{ type: 'space-unshared', data: share }];
  const member = { member: `owner-${step.pick % 3}` };
  if (step.kind === 'join') return [{ type: 'team-member-added', data: member }];
  if (step.kind === 'leave') return [{ type: 'team-member-removed', data: member }];
  if (step.kind === 'store') return [store(`m${seq}`)];
  if (step.kind === 'store-two') return [store(`m${seq}`), store(`m${seq}b`)];
  if (step.kind === 'store-again') {
    const id = [...gone].find(([, whose]) => whose === owner)?.[0];
    if (id === undefined) return [];
    gone.delete(id);
    return [store(id)];
  }
  const own = [...live].filter(([, memory]) => memory.owner === owner);
  const picked = own[step.pick % Math.max(1, own.length)];
  if (!picked) return [];
  const [id, memory] = picked;
  if (step.kind === 'delete') {
    live.delete(id);
    gone.set(id, owner);
    return [{ type: 'memories-deleted', data: { ids: [id] } }];
  }
  const version = memory.version + 1;
  live.set(id, { owner, version });
  const changes =
    step.kind === 'retag'
      ? { tags: [...step.tags], type: null }
      : { content: step.words.join(' '), content_hash: `h${seq}`, metadata: { caption: String(step.words[0]) } };
  return [{ type: 'memory-updated', data: { id, version, changes } }];
}
