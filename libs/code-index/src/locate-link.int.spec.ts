import { afterEach, beforeEach, expect, it } from 'vitest';
import { locateLink } from './locate-link.js';
import { applyAll, openIndex, startLog, type Tree } from './syncs.fixture.js';

const before: Tree = {
  'src/a.ts': 'function open\nfunction close\nfunction twice',
  'src/b.ts': 'function other',
};
const after: Tree = {
  'src/a.ts': 'first line\nfunction open',
  'src/b.ts': 'function other',
  'lib/c.ts': 'function close',
  'lib/d.ts': 'function twice',
  'lib/e.ts': 'function twice',
};

let log: ReturnType<typeof startLog>;
let index: ReturnType<typeof openIndex>;

const locate = (path: string, symbol?: string, owner = 'ann', repository = 'name-aa') =>
  locateLink(index.db, owner, { repository, path, symbol });

beforeEach(() => {
  log = startLog();
  index = openIndex(log.sources);
});

afterEach(() => {
  index.db.close();
});

it('finds files and symbols where they are, and says since when', async () => {
  log.sync('aa', before);
  await applyAll(index, log.items);
  const changedAt = log.items.at(-1)?.commit.at;
  expect(locate('src/a.ts')).toEqual({ path: 'src/a.ts', changedAt, lines: undefined });
  expect(locate('src/a.ts', 'close')).toEqual({ path: 'src/a.ts', changedAt, lines: { startLine: 2, endLine: 2 } });
  expect(locate('src/gone.ts')).toBeUndefined();
  expect(locate('src/a.ts', undefined, 'bob')).toBeUndefined();
  expect(locate('src/a.ts', undefined, 'ann', 'name-bb')).toBeUndefined();
});

it('follows a symbol to the only other file that defines it, and not to one of several', async () => {
  log.sync('aa', before);
  log.sync('aa', after);
  await applyAll(index, log.items);
  expect(locate('src/a.ts', 'open')?.lines).toEqual({ startLine: 2, endLine: 2 });
  expect(locate('src/a.ts', 'close')).toMatchObject({ path: 'lib/c.ts', lines: { startLine: 1, endLine: 1 } });
  expect(locate('src/gone.ts', 'close')?.path).toBe('lib/c.ts');
  expect(locate('src/a.ts', 'twice')).toMatchObject({ path: 'src/a.ts', lines: undefined });
  expect(locate('src/gone.ts', 'twice')).toBeUndefined();
  expect(locate('src/gone.ts', 'OTHER')).toBeUndefined();
});

it('says of a file that stayed the same that it did, also when everything is read anew', async () => {
  log.sync('aa', before);
  const first = log.items.at(-1)?.commit.at;
  log.sync('aa', after);
  const second = log.items.at(-1)?.commit.at;
  expect(second).not.toBe(first);
  log.sync('aa', after, { full: true });
  await applyAll(index, log.items);
  expect(locate('src/b.ts')?.changedAt).toBe(first);
  expect(locate('src/a.ts')?.changedAt).toBe(second);
});
