import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '@memlane/telemetry';
import { damageFile, damageTable, tempDir } from '@memlane/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { isSound, openOrSetAside, setAside } from './damage.js';
import { readLiveGeneration, writeLiveGeneration } from './generation.js';
import { openWriterDb } from './open-db.js';

const log = createLogger('test', 'error');
let dir: string;
let path: string;

function makeFile(): void {
  const db = openWriterDb(path);
  db.exec('CREATE TABLE IF NOT EXISTS kept (text); CREATE INDEX IF NOT EXISTS kept_by_text ON kept (text)');
  db.prepare('INSERT INTO kept VALUES (?)').run('a row');
  db.close();
}

const rowsAfterOpening = () => {
  const db = openOrSetAside(path, log, () => openWriterDb(path));
  try {
    return db.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'kept'").pluck().get();
  } finally {
    db.close();
  }
};

beforeEach(async () => {
  dir = await tempDir();
  path = join(dir, 'x.sqlite');
  makeFile();
});

describe('a damaged file', () => {
  test.each([
    ['overwritten', () => damageFile(path)],
    ['cut off', () => truncateSync(path, 2_000)],
  ])('that was %s is set aside, and an empty one opened', (_, damage) => {
    damage();
    expect(rowsAfterOpening()).toBe(0);
    expect(readdirSync(dir).toSorted()).toEqual(['x.sqlite', 'x.sqlite.damaged']);
  });

  test('is kept once, whatever comes after it', () => {
    for (let n = 0; n < 3; n += 1) {
      writeFileSync(path, `damage ${n}`.padEnd(4_096));
      writeFileSync(`${path}-wal`, n === 1 ? 'unread' : '');
      setAside(path, log);
    }
    expect(readdirSync(dir).toSorted()).toEqual(['x.sqlite.damaged', 'x.sqlite.damaged-wal']);
    expect(readFileSync(`${path}.damaged`, 'utf8')).toContain('damage 2');
    expect(readFileSync(`${path}.damaged-wal`, 'utf8')).toBe('');
  });

  test('is found out by reading all of it', () => {
    expect(isSound(path)).toBe(true);
    damageTable(path, 'kept_by_text');
    expect(isSound(path)).toBe(false);
  });

  test('that is sound, or cannot be opened for another reason, stays', () => {
    expect(rowsAfterOpening()).toBe(1);
    const full = () => {
      throw Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
    };
    expect(() => openOrSetAside(path, log, full)).toThrow('full');
    expect(existsSync(`${path}.damaged`)).toBe(false);
  });

  test.each(['{bad', '', 'null', '{"generation":-1}', '{"generation":"1"}'])(
    'that names the generation names none: %s',
    (text) => {
      const files = { root: dir, current: join(dir, 'current.json'), db: () => path };
      expect(readLiveGeneration(files)).toBeUndefined();
      writeLiveGeneration(files, 3);
      expect(readLiveGeneration(files)).toBe(3);
      writeFileSync(files.current, text);
      expect(readLiveGeneration(files)).toBeUndefined();
    },
  );
});
