import type { StoredCommit } from '@memlane/contracts';
import { expect, test } from 'vitest';
import { describeCommit } from './describe-commit.js';

const stored = { id: 'e0', type: 'memory-stored', v: 1, data: { id: 'a', content: 'a secret', tags: ['t'] } };
const updated = { id: 'e1', type: 'memory-updated', v: 1, data: { id: 'a', version: 2, changes: { content: 'x' } } };
const deleted = { id: 'e2', type: 'memories-deleted', v: 1, data: { ids: ['a', 'b'] } };

function commitOf(...events: StoredCommit['events']): StoredCommit {
  return {
    v: 1,
    commandId: 'c',
    fingerprint: 'f',
    owner: 'ann',
    actor: 'key-1',
    client: 'laptop',
    at: '2026-01-01T00:00:00.000Z',
    correlationId: 'c',
    events,
    result: {},
  };
}

test('says what changed and to which version, without content', () => {
  expect(describeCommit(commitOf(stored, updated, deleted), 'memory')).toEqual({
    time: '2026-01-01T00:00:00.000Z',
    aggregate: 'memory',
    client: 'laptop',
    events: [
      { type: 'memory-stored', ids: ['a'], version: 1 },
      { type: 'memory-updated', ids: ['a'], version: 2 },
      { type: 'memories-deleted', ids: ['a', 'b'] },
    ],
  });
});

test('tells how far a sync has come, and not what it recorded', () => {
  const job = { repository_id: 'r1', job_id: 'j1' };
  const planned = { id: 'e3', type: 'repository-sync-planned', v: 1, data: { ...job, commit: 'c', total: 900 } };
  const recorded = { id: 'e4', type: 'files-recorded', v: 1, data: { ...job, files: [{ path: 'a.ts' }], done: 500 } };
  expect(describeCommit(commitOf(planned, recorded), 'repo-r1')?.events).toEqual([
    { type: 'repository-sync-planned', ids: [], job_id: 'j1', total: 900 },
    { type: 'files-recorded', ids: [], job_id: 'j1', done: 500 },
  ]);
});

test('leaves out the types that were not asked for, and a commit that has no other', () => {
  const types = new Set(['memories-deleted']);
  expect(describeCommit(commitOf(stored, deleted), 'memory', types)?.events).toEqual([
    { type: 'memories-deleted', ids: ['a', 'b'] },
  ]);
  expect(describeCommit(commitOf(stored), 'memory', types)).toBeUndefined();
});

test('names the type of an event that is newer than this build, and nothing of what is in it', () => {
  expect(
    describeCommit(commitOf({ ...updated, v: 99 }, { ...deleted, type: 'from-the-future' }), 'memory')?.events,
  ).toEqual([
    { type: 'memory-updated', ids: [] },
    { type: 'from-the-future', ids: [] },
  ]);
});
