import { randomBytes } from 'node:crypto';
import { dataPaths } from '@memlane/contracts';
import { CheckpointMovedError, type Db } from '@memlane/projection';
import { tempDir } from '@memlane/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { appliedSeqOf, pickPending, readCursor, takeIn, type PickOptions } from './intake.js';
import { commitEmbedded, embeddingKeyOf, hasEmbedding } from './store-vectors.js';
import { dropOtherSets, findSet, openSet, openVectorsWriter, type VectorSet } from './vectors-file.js';

let db: Db;
let set: VectorSet;
beforeEach(async () => {
  db = openVectorsWriter(dataPaths(await tempDir()).vectorsDb(0));
  set = openSet(db, 'old@1', 2);
});
afterEach(() => db.close());

const row = (owner: string, memoryId: string, seq: number, gone = false) => ({ owner, memoryId, seq, gone });
const vectors = [Float32Array.of(1, 0)];
const pick = (from: VectorSet, options: Partial<PickOptions> = {}) =>
  pickPending(db, from, { after: '', except: new Set(), most: 10, ...options });

test('refuses a cursor that another writer has moved', () => {
  takeIn(db, set, [], undefined, { generation: 1, seq: 5 });
  expect(() => takeIn(db, set, [], undefined, { generation: 1, seq: 9 })).toThrow(CheckpointMovedError);
  expect(readCursor(db, set)).toEqual({ generation: 1, seq: 5 });
});

test('keeps a change waiting that came in while the one before was embedded', () => {
  takeIn(db, set, [row('anna', 'a', 1)], undefined, { generation: 1, seq: 1 });
  const [picked] = pick(set);
  takeIn(db, set, [row('anna', 'a', 2)], { generation: 1, seq: 1 }, { generation: 1, seq: 2 });
  commitEmbedded(db, set, picked ? [{ ...picked, key: randomBytes(32), vectors }] : []);
  expect(pick(set)).toEqual([{ owner: 'anna', memoryId: 'a', seq: 2 }]);
  expect(appliedSeqOf(db, set)).toBe(1);
});

test('forgets the vectors of a text with the last memory that has it', () => {
  const key = embeddingKeyOf('anna', 'the same text');
  takeIn(db, set, [row('anna', 'a', 1), row('anna', 'b', 1)], undefined, { generation: 1, seq: 1 });
  commitEmbedded(
    db,
    set,
    pick(set).map((memory) => ({ ...memory, key, vectors })),
  );
  takeIn(db, set, [row('anna', 'a', 2, true)], { generation: 1, seq: 1 }, { generation: 1, seq: 2 });
  expect(hasEmbedding(db, set, key)).toBe(true);
  takeIn(db, set, [row('anna', 'b', 3, true)], { generation: 1, seq: 2 }, { generation: 1, seq: 3 });
  expect(hasEmbedding(db, set, key)).toBe(false);
});

test('builds the vectors of a new model beside the old ones, and drops those when told', () => {
  const next = openSet(db, 'new@1', 3);
  takeIn(db, set, [row('anna', 'a', 1)], undefined, { generation: 1, seq: 1 });
  expect(readCursor(db, next)).toBeUndefined();
  takeIn(db, next, [row('anna', 'a', 1)], undefined, { generation: 1, seq: 1 });
  expect(dropOtherSets(db, next)).toEqual([]);
  expect(findSet(db, 'old@1')).toBeUndefined();
  expect(pick(next)).toHaveLength(1);
});

test('picks owners in turn, and none twice at a time', () => {
  const rows = [row('anna', 'a', 1), row('anna', 'b', 2), row('ben', 'c', 3), row('carl', 'd', 4)];
  takeIn(db, set, rows, undefined, { generation: 1, seq: 4 });
  const idsOf = (options: Partial<PickOptions>) => pick(set, options).map(({ memoryId }) => memoryId);
  expect(idsOf({})).toEqual(['a', 'b']);
  expect(idsOf({ most: 1 })).toEqual(['a']);
  expect(idsOf({ after: 'anna' })).toEqual(['c']);
  expect(idsOf({ after: 'ben', except: new Set(['anna', 'ben']) })).toEqual(['d']);
  expect(idsOf({ after: 'carl' })).toEqual(['a', 'b']);
  expect(idsOf({ except: new Set(['anna', 'ben', 'carl']) })).toEqual([]);
});

test('keeps the same text of two owners apart', () => {
  expect(embeddingKeyOf('anna', 'the same text')).not.toEqual(embeddingKeyOf('ben', 'the same text'));
});

test('picks only owners with few waiting memories when it is asked for those', () => {
  const rows = [row('anna', 'a', 1), row('anna', 'b', 2), row('anna', 'c', 3), row('ben', 'd', 4)];
  takeIn(db, set, rows, undefined, { generation: 1, seq: 4 });
  expect(pick(set, { waitingAtMost: 2 })).toEqual([{ owner: 'ben', memoryId: 'd', seq: 4 }]);
  expect(pick(set, { waitingAtMost: 2, except: new Set(['ben']) })).toEqual([]);
  expect(pick(set, { waitingAtMost: 3 })).toHaveLength(3);
});
