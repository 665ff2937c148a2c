import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startProduct, type Product, type ToolAnswer } from './product.support.spec.js';

const DAY_MS = 86_400_000;

describe('a command handler whose clock is set', () => {
  let product: Product;
  let ann: string;
  let now = new Date().getTime();

  beforeAll(async () => {
    product = await startProduct({}, { clock: () => new Date(now) });
    ann = await product.makeKey('ann');
  });
  afterAll(() => product.stop());

  const must = async (name: string, args: unknown): Promise<ToolAnswer['structuredContent']> => {
    const { isError, structuredContent } = await product.call(ann, name, args);
    expect(isError, JSON.stringify(structuredContent)).toBeFalsy();
    return structuredContent;
  };

  it('back and forth does everything once, and gives every memory once on the pages of a list', async () => {
    const stored: { readonly memory: Record<string, unknown>; readonly answer: unknown }[] = [];
    const repeatAll = async () => {
      for (const { memory, answer } of stored) expect(await must('store_memory', memory)).toEqual(answer);
    };
    for (const [n, days] of [0, -3, 1, 3, -1].entries()) {
      now += days * DAY_MS;
      const memory = { content: `number ${n}`, idempotency_key: `key-${n}` };
      stored.push({ memory, answer: await must('store_memory', memory) });
      await repeatAll();
    }
    // Ahead of all of them, and with what it remembers read from its file; it forgets only what is older than a week.
    now += 3 * DAY_MS;
    await product.stopService('command-handler');
    await product.startService('command-handler');
    await repeatAll();

    const pages: unknown[] = [];
    let cursor: unknown;
    do {
      const page = await must('list_memories', { limit: 1, ...(cursor === undefined ? {} : { cursor }) });
      pages.push(...(page['memories'] as { content: string }[]).map(({ content }) => content));
      cursor = page['next_cursor'];
    } while (cursor !== undefined);
    expect(pages).toHaveLength(stored.length);
    expect(pages.toSorted()).toEqual(stored.map(({ memory }) => memory['content']));
  });

  it('back changes what it stored before, and deletes it', async () => {
    const { id } = await must('store_memory', { content: 'of a day to come' });
    now -= 30 * DAY_MS;
    const updated = await must('update_memory', { id, content: 'of a day that was', expected_version: 1 });
    expect(updated).toMatchObject({ id, version: 2 });
    expect(await must('get_memory', { id })).toMatchObject({ memory: { content: 'of a day that was', version: 2 } });
    const { memories } = await must('search_memories', { query: 'of a day that was' });
    expect(memories).toMatchObject([{ id }]);
    await must('delete_memories', { ids: [id] });
    expect((await product.call(ann, 'get_memory', { id })).structuredContent.error?.code).toBe('MEMLANE_ERR_NOT_FOUND');
  });

  it('forward past the end of a memory lets it be stored anew, and back again the first one holds', async () => {
    const expires_at = new Date(now + 60_000 + 40 * DAY_MS).toISOString();
    const first = await must('store_memory', { content: 'until then', expires_at });
    now += 41 * DAY_MS;
    const anew = await must('store_memory', { content: 'until then' });
    expect(anew).toMatchObject({ created: true });
    expect(anew['id']).not.toBe(first['id']);
    now -= 41 * DAY_MS;
    expect(await must('store_memory', { content: 'until then' })).toMatchObject({ created: false, id: first['id'] });
    await vi.waitFor(async () => expect(await must('get_memory', { id: anew['id'] })).toBeDefined());
  });
});
