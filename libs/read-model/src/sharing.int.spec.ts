import type { Access, DomainEvent } from '@memlane/contracts';
import type { Db } from '@memlane/projection';
import { parkOwner } from '@memlane/projection';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyCommits } from './apply-commits.js';
import { getMemory } from './get-memory.js';
import { commitOf, stored, timeOf } from './history.fixture.js';
import { listMemories } from './list-memories.js';
import { prepareReadModel } from './memory-schema.js';
import { grantOf, listGiven, listReceived } from './read-sharing.js';
import { teamsOf, teamsSharedWith } from './read-teams.js';
import { searchText } from './search-text.js';
import { readOutboxTexts, readVectorOutbox } from './vector-outbox.js';

let db: Db;
let seq: number;

beforeEach(() => {
  db = new Database(':memory:');
  prepareReadModel(db);
  seq = 0;
});
afterEach(() => {
  db.close();
});

function apply(owner: string, ...events: DomainEvent[]): void {
  seq += 1;
  applyCommits(db, [commitOf(seq, owner, events)]);
}

const shared = (tag: string, grantee: string, access: Access = 'read'): DomainEvent => ({
  type: 'space-shared',
  data: { tag, grantee, access },
});
const unshared = (tag: string, grantee: string): DomainEvent => ({ type: 'space-unshared', data: { tag, grantee } });
const retagged = (id: string, version: number, tags: string[]): DomainEvent => ({
  type: 'memory-updated',
  data: { id, version, changes: { tags } },
});
const now = timeOf(1_000);

describe('what is shared', () => {
  it('is for every reader what a model says, whatever came in which order', () => {
    const owners = ['ann', 'bob'];
    const tags = ['x', 'y'];
    const step = fc.record({
      owner: fc.constantFrom(...owners),
      kind: fc.constantFrom('store', 'retag', 'delete', 'share', 'unshare'),
      tags: fc.subarray(tags),
      grantee: fc.constantFrom('bob', 'eve'),
      pick: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const own = new Database(':memory:');
        prepareReadModel(own);
        const memories = new Map<string, { owner: string; tags: string[]; version: number }>();
        const shares = new Set<string>();
        for (const [index, { owner, kind, tags: some, grantee, pick }] of steps.entries()) {
          const mine = [...memories].filter(([, memory]) => memory.owner === owner);
          const [id, memory] = mine[pick % Math.max(1, mine.length)] ?? [];
          const events: DomainEvent[] = [];
          if (kind === 'store') {
            memories.set(`m${index}`, { owner, tags: some, version: 1 });
            events.push(stored(`m${index}`, `text ${index}`, { tags: some }));
          } else if (kind === 'retag' && id !== undefined && memory) {
            memories.set(id, { owner, tags: some, version: memory.version + 1 });
            events.push(retagged(id, memory.version + 1, some));
          } else if (kind === 'delete' && id !== undefined) {
            memories.delete(id);
            events.push({ type: 'memories-deleted', data: { ids: [id] } });
          } else if (kind === 'share') {
            for (const tag of some) shares.add(`${owner}/${tag}/${grantee}`);
            events.push(...some.map((tag) => shared(tag, grantee)));
          } else if (kind === 'unshare') {
            for (const tag of some) shares.delete(`${owner}/${tag}/${grantee}`);
            events.push(...some.map((tag) => unshared(tag, grantee)));
          }
          if (events.length > 0) applyCommits(own, [commitOf(index + 1, owner, events)]);
        }
        for (const owner of owners)
          for (const reader of ['bob', 'eve'])
            for (const tag of tags) {
              const mayRead = grantOf(own, { owner, tag, grantees: [reader] }) !== undefined;
              expect(mayRead).toBe(shares.has(`${owner}/${tag}/${reader}`));
              const scope = { owner, filter: {}, within: [tag], now };
              const seen = listMemories(own, scope, 100, undefined).memories.map(({ id }) => id);
              const expected = [...memories].filter(
                ([, memory]) => memory.owner === owner && memory.tags.includes(tag),
              );
              expect(seen.toSorted()).toEqual(expected.map(([id]) => id).toSorted());
            }
        own.close();
      }),
      { numRuns: 80 },
    );
  });

  it('is listed by who gives it and by who gets it', () => {
    apply('ann', shared('garden', 'bob', 'write'), shared('garden', 'eve'));
    apply('dan', shared('boat', 'bob'));
    expect(listGiven(db, 'ann')).toEqual([
      { tag: 'garden', grantee: 'bob', access: 'write', at: timeOf(1) },
      { tag: 'garden', grantee: 'eve', access: 'read', at: timeOf(1) },
    ]);
    expect(listReceived(db, ['bob'], 1)).toEqual({
      shares: [{ owner: 'ann', tag: 'garden', grantee: 'bob', access: 'write', at: timeOf(1) }],
      total: 2,
    });
    expect(listReceived(db, ['nobody'], 10)).toEqual({ shares: [], total: 0 });
  });

  it('is nothing of a parked owner, who may have taken it back since', () => {
    apply('ann', shared('garden', 'bob'));
    expect(grantOf(db, { owner: 'ann', tag: 'garden', grantees: ['bob'] })).toEqual({ access: 'read', grantee: 'bob' });
    parkOwner(db, { owner: 'ann', seq: 2, reason: 'Error' });
    expect(grantOf(db, { owner: 'ann', tag: 'garden', grantees: ['bob'] })).toBeUndefined();
    expect(listReceived(db, ['bob'], 10).total).toBe(0);
  });
});

describe('a team', () => {
  const added = (member: string): DomainEvent => ({ type: 'team-member-added', data: { member } });
  const removed = (member: string): DomainEvent => ({ type: 'team-member-removed', data: { member } });

  it('has whoever was added and not taken out since', () => {
    apply('team-ops', { type: 'team-created', data: {} }, added('bob'), added('cat'));
    apply('team-dev', added('bob'));
    expect(teamsOf(db, 'bob')).toEqual(['team-dev', 'team-ops']);
    apply('team-ops', removed('bob'), added('cat'));
    expect(teamsOf(db, 'bob')).toEqual(['team-dev']);
    expect(teamsOf(db, 'cat')).toEqual(['team-ops']);
    expect(teamsOf(db, 'team-ops')).toEqual([]);
  });

  it('has nobody while it is parked, since somebody may have been taken out', () => {
    apply('team-ops', added('bob'));
    parkOwner(db, { owner: 'team-ops', seq: 2, reason: 'Error' });
    expect(teamsOf(db, 'bob')).toEqual([]);
  });

  it('is found among those that tags are shared with', () => {
    apply('ann', shared('x', 'team-ops'), shared('x', 'teamster'), shared('y', 'team-dev'), shared('z', 'team-top'));
    expect(teamsSharedWith(db, { owner: 'ann', tags: ['x', 'y'] }).toSorted()).toEqual(['team-dev', 'team-ops']);
    expect(teamsSharedWith(db, { owner: 'bob', tags: ['x'] })).toEqual([]);
  });

  it('makes nobody receive what is his own', () => {
    apply('bob', shared('x', 'team-ops'));
    expect(listReceived(db, ['bob', 'team-ops'], 10)).toEqual({ shares: [], total: 0 });
    expect(listReceived(db, ['cat', 'team-ops'], 10).total).toBe(1);
  });
});

describe('a memory of a space', () => {
  const get = (id: string, more: { asOf?: string } = {}) =>
    getMemory(db, { owner: 'ann', id, now, within: ['x'], ...more });

  it('is there only while it has the tag, and of its past only what had it', () => {
    apply('ann', stored('m', 'a private draft'));
    apply('ann', { type: 'memory-updated', data: { id: 'm', version: 2, changes: { content: 'ready', tags: ['x'] } } });
    apply('ann', { type: 'memory-updated', data: { id: 'm', version: 3, changes: { content: 'better' } } });
    expect(get('m')?.memory.content).toBe('better');
    expect(get('m')?.history.map(({ content }) => content)).toEqual(['ready']);
    expect(get('m', { asOf: timeOf(2) })?.memory.content).toBe('ready');
    expect(get('m', { asOf: timeOf(1) })).toBeUndefined();
    apply('ann', retagged('m', 4, []));
    expect(get('m')).toBeUndefined();
    expect(get('m', { asOf: timeOf(3) })).toBeUndefined();
  });

  it('is not there after it was deleted, not even as it was', () => {
    apply('ann', stored('m', 'shared', { tags: ['x'] }));
    apply('ann', { type: 'memories-deleted', data: { ids: ['m'] } });
    expect(get('m', { asOf: timeOf(1) })).toBeUndefined();
  });

  it('is not found by the words of a neighbour in its conversation that has not all of its tags', () => {
    const scope = { owner: 'ann', filter: {}, within: ['x'], now };
    const found = (query: string) => searchText(db, scope, query, 10).map(({ id }) => id);
    const embedded = () => {
      const rows = readVectorOutbox(db, { after: { seq: 0 }, limit: 10 });
      return readOutboxTexts(
        db,
        rows.filter(({ memoryId }) => memoryId === 'open'),
      )[0];
    };
    apply('ann', stored('secret', 'the code is zanzibar', { conversation_id: 'talk' }));
    apply('ann', stored('open', 'thank you', { conversation_id: 'talk', tags: ['x'] }));
    expect(found('zanzibar')).toEqual([]);
    expect(embedded()).toBe('thank you');
    apply('ann', retagged('secret', 2, ['x', 'y']));
    expect(found('zanzibar')).toEqual(expect.arrayContaining(['open', 'secret']));
    expect(embedded()).toContain('zanzibar');
    apply('ann', retagged('secret', 3, ['y']));
    expect(found('zanzibar')).toEqual([]);
    expect(embedded()).toBe('thank you');
  });
});
