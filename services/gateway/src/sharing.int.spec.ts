import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProduct, type Product } from './product.support.spec.js';

describe('sharing', () => {
  let product: Product;
  let ann: string;
  let bob: string;
  let eve: string;

  beforeAll(async () => {
    product = await startProduct();
    [ann, bob, eve] = await Promise.all([product.makeKey('ann'), product.makeKey('bob'), product.makeKey('eve')]);
  });
  afterAll(() => product.stop());

  async function must(key: string, tool: string, args: Record<string, unknown> = {}) {
    const { structuredContent, isError } = await product.call(key, tool, args);
    if (isError) throw new Error(JSON.stringify(structuredContent));
    return structuredContent;
  }
  const errorOf = async (key: string, tool: string, args: Record<string, unknown>) =>
    (await product.call(key, tool, args)).structuredContent.error;
  const contents = (answer: Record<string, unknown>) =>
    (answer['memories'] as { content: string }[]).map(({ content }) => content);

  it('gives what a tag has, now and later, and nothing else', async () => {
    await must(ann, 'store_memory', { content: 'tomatoes need water', tags: ['garden'] });
    const { id: diary } = await must(ann, 'store_memory', { content: 'dear diary, water', tags: ['diary'] });
    const shared = await must(ann, 'share', { tag: 'garden', with: 'bob' });
    expect(shared).toMatchObject({ space: 'ann/garden', with: 'bob', access: 'read', changed: true });
    await must(ann, 'store_memory', { content: 'roses need water too', tags: ['garden', 'roses'] });
    await must(bob, 'store_memory', { content: 'bob drinks water' });

    const spaces = ['ann/garden'];
    const found = await must(bob, 'search_memories', { query: 'water', spaces });
    expect(contents(found).toSorted()).toEqual(['roses need water too', 'tomatoes need water']);
    expect(found['memories']).toMatchObject([{ space: 'ann/garden' }, { space: 'ann/garden' }]);
    const exact = await must(bob, 'search_memories', { query: 'NEED water', mode: 'exact', spaces });
    expect(contents(exact)).toEqual(['roses need water too', 'tomatoes need water']);
    const both = await must(bob, 'list_memories', { spaces: ['own', ...spaces] });
    expect(contents(both)).toEqual(['bob drinks water', 'roses need water too', 'tomatoes need water']);
    expect(both).toMatchObject({ total: 3, memories: [{ space: 'own' }, { space: 'ann/garden' }, {}] });
    expect(await errorOf(bob, 'get_memory', { id: diary, spaces })).toMatchObject({ code: 'MEMLANE_ERR_NOT_FOUND' });
    expect(contents(await must(bob, 'search_memories', { query: 'water' }))).toEqual(['bob drinks water']);
    expect(contents(await must(bob, 'list_memories', { spaces, tags: ['diary'] }))).toEqual([]);
  });

  it('pages over one own and one shared space without gaps or repeats', async () => {
    for (let n = 0; n < 4; n += 1) {
      await must(ann, 'store_memory', { content: `leaf ${n} of ann`, tags: ['leaves'] });
      await must(bob, 'store_memory', { content: `leaf ${n} of bob` });
    }
    await must(ann, 'share', { tag: 'leaves', with: 'bob' });
    for (const [tool, more] of [
      ['list_memories', {}],
      ['search_memories', { query: 'leaf', mode: 'exact' }],
      ['search_memories', { query: 'leaf' }],
    ] as const) {
      const args = { ...more, spaces: ['own', 'ann/leaves'], limit: 3 };
      const seen: string[] = [];
      for (let page = await must(bob, tool, args); ;) {
        seen.push(...contents(page).filter((content) => content.startsWith('leaf')));
        if (page['next_cursor'] === undefined) break;
        page = await must(bob, tool, { ...args, cursor: page['next_cursor'] });
      }
      expect(seen.toSorted()).toEqual(
        ['ann', 'bob'].flatMap((who) => [0, 1, 2, 3].map((n) => `leaf ${n} of ${who}`)).toSorted(),
      );
    }
  });

  it('ends with the next read after it was taken back, on every page and by every tool', async () => {
    const { id } = await must(ann, 'store_memory', { content: 'a secret for a while', tags: ['brief'] });
    await must(ann, 'store_memory', { content: 'another secret for a while', tags: ['brief'] });
    await must(ann, 'share', { tag: 'brief', with: 'bob' });
    const spaces = ['ann/brief'];
    const { next_cursor: cursor } = await must(bob, 'list_memories', { spaces, limit: 1 });
    expect(cursor).toBeTypeOf('string');
    expect(await must(bob, 'get_memory', { id, spaces })).toMatchObject({ memory: { id, space: 'ann/brief' } });
    for (let round = 0; round < 5; round += 1) {
      expect(await must(ann, 'unshare', { tag: 'brief', with: 'bob' })).toMatchObject({ removed: ['bob'] });
      for (const [tool, args] of [
        ['get_memory', { id, spaces }],
        ['list_memories', { spaces }],
        ['list_memories', { spaces, limit: 1, cursor }],
        ['search_memories', { query: 'secret', spaces }],
        ['search_memories', { query: 'secret', mode: 'exact', spaces: ['own', ...spaces] }],
      ] as const)
        expect(await errorOf(bob, tool, args)).toMatchObject({ code: 'MEMLANE_ERR_NOT_FOUND' });
      await must(ann, 'share', { tag: 'brief', with: 'bob' });
      expect((await must(bob, 'list_memories', { spaces }))['total']).toBe(2);
    }
  });

  it('answers for a space that is not shared as for one that is not there', async () => {
    const answerOf = async (space: string) => product.call(eve, 'search_memories', { query: 'water', spaces: [space] });
    const [notShared, noTag, noOwner] = [
      await answerOf('ann/garden'),
      await answerOf('ann/none'),
      await answerOf('zoe/x'),
    ];
    expect(notShared.structuredContent.error).toMatchObject({ code: 'MEMLANE_ERR_NOT_FOUND', field: 'spaces[0]' });
    expect(notShared).toEqual(noTag);
    expect(notShared).toEqual(noOwner);
  });

  it('says who sees what', async () => {
    await must(ann, 'share', { tag: 'list', with: 'eve' });
    const given = (await must(ann, 'list_shares'))['given'] as { tag: string }[];
    expect(given.find(({ tag }) => tag === 'list')).toMatchObject({ space: 'ann/list', with: 'eve', access: 'read' });
    expect(await must(eve, 'list_shares')).toMatchObject({
      you: 'eve',
      given: [],
      received: [{ space: 'ann/list', from: 'ann', tag: 'list', access: 'read' }],
      left_out: 0,
    });
    await must(ann, 'unshare', { tag: 'list' });
    expect(await must(eve, 'list_shares')).toMatchObject({ received: [] });
  });

  it('refuses what is not the name of a space, and more of them than the limit', async () => {
    for (const space of ['garden', '/garden', 'ann/', 'Ann/garden', '../x', `ann/${'x'.repeat(400)}`])
      expect(await errorOf(bob, 'list_memories', { spaces: [space] })).toMatchObject({
        code: 'MEMLANE_ERR_INVALID_INPUT',
        field: 'spaces[0]',
      });
    const many = Array.from({ length: 17 }, (_, n) => `ann/${n}`);
    expect(await errorOf(bob, 'list_memories', { spaces: many })).toMatchObject({ field: 'spaces', limit: 16 });
    expect(await errorOf(ann, 'share', { tag: 'garden', with: 'ann' })).toMatchObject({ field: 'with' });
    expect(await errorOf(ann, 'share', { tag: 'garden', with: 'Not An Id' })).toMatchObject({ field: 'with' });
  });

  it('needs the scope to write for sharing, and that to read for listing', async () => {
    const reader = await product.makeKey('ann', ['memory:read']);
    expect(await errorOf(reader, 'share', { tag: 'garden', with: 'eve' })).toMatchObject({
      code: 'MEMLANE_ERR_FORBIDDEN',
    });
    expect((await must(reader, 'list_shares'))['you']).toBe('ann');
  });
});
