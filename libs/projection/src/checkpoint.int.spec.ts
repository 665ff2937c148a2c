import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { advanceCheckpoint, CheckpointMovedError, checkpointSchema, readCheckpoint } from './checkpoint.js';
import { openReaderDb, openWriterDb, type Db } from './open-db.js';

const at = (seq: number) => ({ stream: 'EVT_00', streamCreated: '2026-01-01T00:00:00Z', seq, msgId: `m${seq}` });

let folder: string;
let db: Db;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memlane-'));
  db = openWriterDb(join(folder, 'sub', 'p.sqlite'));
  db.exec(checkpointSchema);
});

afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

describe('a checkpoint', () => {
  it('moves from what was read to what was applied', () => {
    expect(readCheckpoint(db, 'memory')).toBeUndefined();
    advanceCheckpoint(db, 'memory', undefined, at(3));
    advanceCheckpoint(db, 'memory', at(3), at(9));
    expect(readCheckpoint(db, 'memory')).toEqual(at(9));
  });

  it('refuses a second writer and takes its rows back with it', () => {
    db.exec('CREATE TABLE row (n)');
    advanceCheckpoint(db, 'memory', undefined, at(3));
    const second = openWriterDb(join(folder, 'sub', 'p.sqlite'));
    advanceCheckpoint(second, 'memory', at(3), at(5));
    second.close();
    const batch = db.transaction(() => {
      db.exec('INSERT INTO row VALUES (1)');
      advanceCheckpoint(db, 'memory', at(3), at(4));
    });
    expect(batch).toThrow(CheckpointMovedError);
    expect(db.prepare('SELECT count(*) AS n FROM row').get()).toEqual({ n: 0 });
    expect(() => advanceCheckpoint(db, 'memory', undefined, at(4))).toThrow(CheckpointMovedError);
  });

  it('cannot be moved by a reader', () => {
    const reader = openReaderDb(join(folder, 'sub', 'p.sqlite'));
    expect(() => advanceCheckpoint(reader, 'memory', undefined, at(1))).toThrow(/readonly/);
    reader.close();
  });
});

describe('a reader', () => {
  it('does not make a file that is not there', () => {
    expect(() => openReaderDb(join(folder, 'none.sqlite'))).toThrow(/unable to open/);
  });
});
