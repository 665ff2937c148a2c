import { join } from 'node:path';
import { prepareCodeIndex } from '@memlane/code-index';
import { fullPace } from '@memlane/event-log';
import { openWriterDb, type Db } from '@memlane/projection';
import { tempDir } from '@memlane/testkit';
import { countPending, openSet, openVectorsWriter, readCursor } from '@memlane/vector-store';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { codeSource } from './code-source.js';
import { takeInOutbox, type VectorsTarget } from './project-partition.js';

const CHUNKS = 200;

let index: Db;
let target: VectorsTarget;
const source = codeSource('', fullPace);
const neverStopped = new AbortController().signal;

/** A code index in which one commit has made many chunks visible. */
beforeEach(async () => {
  const dir = await tempDir();
  index = openWriterDb(join(dir, 'code.sqlite'));
  prepareCodeIndex(index);
  const vectors = openVectorsWriter(join(dir, 'vectors.sqlite'));
  target = { kind: 'code', db: vectors, set: openSet(vectors, 'model', 3) };
  onTestFinished(() => {
    index.close();
    vectors.close();
  });
  index.prepare(`INSERT INTO owner (key, owner, seq) VALUES (1, 'ann', 9), (2, 'bob', 7)`).run();
  const want = index.prepare('INSERT INTO vector_outbox (owner, chunk_id, seq, gone) VALUES (?, ?, ?, ?)');
  for (let n = 0; n < CHUNKS; n += 1) want.run(2, `b${n}`, 7, 0);
  want.run(1, 'a', 9, 0);
});

const takeIn = (signal = neverStopped) =>
  takeInOutbox({ db: index, generation: 1, seq: 12, epoch: 'e' }, source, target, { withEmpty: false, signal });

it('takes in a commit of many chunks page by page, and all of it', async () => {
  await takeIn();
  expect(countPending(target.db, target.set)).toBe(CHUNKS + 1);
  expect(readCursor(target.db, target.set)).toEqual({ generation: 1, seq: 12 });
});

it('is not behind a commit that it was stopped in, and takes in the rest another time', async () => {
  await takeIn(AbortSignal.abort());
  const page = source.intake.rows;
  expect(countPending(target.db, target.set)).toBe(page);
  expect(readCursor(target.db, target.set)).toEqual({ generation: 1, seq: 6 });
  await takeIn();
  expect(countPending(target.db, target.set)).toBe(CHUNKS + 1);
});
