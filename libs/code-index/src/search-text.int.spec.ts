import { afterEach, expect, it } from 'vitest';
import { readHits } from './read-hits.js';
import { openCodeWriter } from './apply-commits.js';
import { termOfOwner } from './match-words.js';
import { searchCodeNames, searchCodeText } from './search-text.js';
import { applyAll, openIndex, startLog, type Tree } from './syncs.fixture.js';

const opened: ReturnType<typeof openIndex>['db'][] = [];

afterEach(() => {
  for (const db of opened.splice(0)) db.close();
});

async function searcherOf(tree: Tree) {
  const log = startLog();
  log.sync('aa', tree);
  const index = openIndex(log.sources);
  opened.push(index.db);
  await applyAll(index, log.items);
  return (search: typeof searchCodeText, query: string, owner = 'ann', path?: string, pool = 10) => {
    const scope = { owner, filter: { path } };
    return readHits(index.db, scope, search(index.db, scope, query, pool)).map((hit) => hit.path);
  };
}

const tree: Tree = {
  'src/token.ts': 'const a = 1',
  'src/parse.ts': 'function readToken',
  'src/use.ts': 'the token is read here: token token',
};

it('finds by names and paths what has the word in them, and not what only says it', async () => {
  const find = await searcherOf(tree);
  expect(find(searchCodeNames, 'token')).toEqual(['src/parse.ts', 'src/token.ts']);
  expect(find(searchCodeText, 'token').toSorted()).toEqual(['src/parse.ts', 'src/token.ts', 'src/use.ts']);
});

it.each([
  ['text', searchCodeText],
  ['names', searchCodeNames],
])('applies owner and filter before the limit, and takes no word for syntax (%s)', async (_leg, search) => {
  const find = await searcherOf(tree);
  expect(find(search, 'token', 'ann', 'src/token.ts', 1)).toEqual(['src/token.ts']);
  expect(find(search, 'token', 'bob')).toEqual([]);
  expect(find(search, 'NEAR("token" body: *)')).toContain('src/token.ts');
  expect(find(search, '"" * :')).toEqual([]);
});

it('finds the same for whoever has most of an index and whoever has little of it, each of their own', async () => {
  const large = startLog('ann');
  large.sync('aa', { ...tree, 'more.ts': Array.from({ length: 60 }, (_, n) => `token ${n}`).join('\n') });
  const small = startLog('bob');
  small.sync('bb', tree);
  const index = openIndex(large.sources);
  opened.push(index.db);
  await applyAll(index, large.items);
  await applyAll({ db: index.db, writer: openCodeWriter(index.db, small.sources) }, small.items);
  expect([1, 2].map((owner) => termOfOwner(index.db, owner))).toEqual([undefined, 'o2']);
  const pathsOf = (owner: string) => {
    const scope = { owner, filter: {} };
    const keys = searchCodeText(index.db, scope, 'token', 100);
    return readHits(index.db, scope, keys).map(({ path }) => path);
  };
  expect(pathsOf('bob').toSorted()).toEqual(['src/parse.ts', 'src/token.ts', 'src/use.ts']);
  expect(pathsOf('ann')).toHaveLength(23);
  expect(new Set(pathsOf('ann'))).toEqual(new Set(['more.ts', ...pathsOf('bob')]));
});
