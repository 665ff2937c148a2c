import { errors, plan, type PlanTable } from '@memlane/contracts';
import { assignPlan } from '@memlane/limits';
import { generousPlans } from '@memlane/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openEvents } from './events.support.spec.js';
import { startProduct, type Product } from './product.support.spec.js';

const plans: PlanTable = {
  ...generousPlans,
  plans: {
    ...generousPlans.plans,
    small: plan.parse({ stored_mb: 1, memory_operations_per_minute: 10_000 }),
    tiny: plan.parse({ memory_operations_per_minute: 3 }),
  },
};

describe('writing in a space of somebody else', () => {
  let product: Product;
  const keys = new Map<string, string>();

  beforeAll(async () => {
    product = await startProduct({}, { plans });
    for (const name of ['ann', 'bob', 'cat', 'eve']) keys.set(name, await product.makeKey(name));
  });
  afterAll(() => product.stop());

  const call = (who: string, tool: string, args: Record<string, unknown> = {}) =>
    product.call(keys.get(who) ?? '', tool, args);

  async function must(who: string, tool: string, args: Record<string, unknown> = {}) {
    const { structuredContent, isError } = await call(who, tool, args);
    if (isError) throw new Error(JSON.stringify(structuredContent));
    return structuredContent;
  }
  const errorOf = async (who: string, tool: string, args: Record<string, unknown>) =>
    (await call(who, tool, args)).structuredContent.error;
  async function contentsOf(who: string, args: Record<string, unknown>) {
    const { memories } = await must(who, 'list_memories', args);
    return (memories as { content: string }[]).map(({ content }) => content).toSorted();
  }

  /** A space of Ann's that Bob may write in and Cat may read; its name. */
  async function makeSpace(tag: string): Promise<string> {
    await must('ann', 'share', { tag, with: 'bob', access: 'write' });
    await must('ann', 'share', { tag, with: 'cat' });
    return `ann/${tag}`;
  }

  const allWrites = (space: string, id: unknown) =>
    [
      ['store_memory', { content: 'written by a stranger', space }],
      ['store_memories', { memories: [{ content: 'written by a stranger' }], space }],
      ['update_memory', { id, content: 'taken over', space }],
      ['delete_memories', { ids: [id], space }],
      ['delete_memories', { before: '2999-01-01T00:00:00Z', dry_run: true, space }],
    ] as const;

  it('is seen at once by the writer, the owner and all who read the space', async () => {
    const space = await makeSpace('garden');
    const stored = await must('bob', 'store_memory', { content: 'roses need water', tags: ['garden/roses'], space });
    expect(stored).toMatchObject({ created: true, version: 1 });
    for (const who of ['bob', 'cat', 'ann'])
      expect(await contentsOf(who, { spaces: [space], position: stored['position'] })).toEqual(['roses need water']);
    expect((await must('ann', 'get_memory', { id: stored['id'] }))['memory']).toMatchObject({
      tags: ['garden', 'garden/roses'],
    });
    expect(await contentsOf('bob', {})).toEqual([]);
    const found = await must('bob', 'search_memories', { query: 'roses', spaces: ['own', space] });
    expect(found['memories']).toMatchObject([{ id: stored['id'], space }]);

    const memories = [{ content: 'tulips too' }, { content: 'roses need water' }, { content: '' }];
    expect((await must('bob', 'store_memories', { memories, space }))['results']).toMatchObject([
      { created: true },
      { id: stored['id'], created: false },
      { error: { field: 'memories[2].content' } },
    ]);
    await must('bob', 'update_memory', { id: stored['id'], content: 'roses need rain', space });
    expect(await contentsOf('cat', { spaces: [space] })).toEqual(['roses need rain', 'tulips too']);
    expect(await must('bob', 'delete_memories', { ids: [stored['id']], space })).toMatchObject({ deleted: 1 });
    expect(await contentsOf('ann', {})).toEqual(['tulips too']);
  });

  it('is seen by every read that follows, one after the other', async () => {
    const space = await makeSpace('log');
    for (let n = 0; n < 20; n += 1) {
      await must('bob', 'store_memory', { content: `entry ${n}`, space });
      expect((await must('bob', 'list_memories', { spaces: [space], limit: 1 }))['total']).toBe(n + 1);
    }
  });

  it('reaches nothing of the owner that is not in the space', async () => {
    const space = await makeSpace('shed');
    const { id: diary } = await must('ann', 'store_memory', { content: 'a secret of mine', tags: ['diary'] });
    const { id: spade } = await must('ann', 'store_memory', { content: 'a spade', tags: ['shed', 'tools'] });
    for (const id of [diary, 'no-such-memory'])
      expect(await errorOf('bob', 'update_memory', { id, content: 'x', space })).toEqual({
        remedy: errors.MEMLANE_ERR_NOT_FOUND.remedy,
        code: 'MEMLANE_ERR_NOT_FOUND',
        message: 'id: there is no such memory',
        retryable: false,
        field: 'id',
      });
    expect(await must('bob', 'delete_memories', { ids: [diary, spade], dry_run: true, space })).toMatchObject({
      ids: [spade],
    });
    expect(await must('bob', 'delete_memories', { tags: ['diary'], space })).toMatchObject({ deleted: 0 });
    const twin = await must('bob', 'store_memory', { content: 'a secret of mine', space });
    expect(twin).toMatchObject({ created: true });
    expect(twin['id']).not.toBe(diary);
    expect(await must('ann', 'get_memory', { id: diary })).toMatchObject({ memory: { content: 'a secret of mine' } });
  });

  it('does not move a memory out of the space, or into another one', async () => {
    const space = await makeSpace('box');
    await must('ann', 'share', { tag: 'safe', with: 'cat' });
    const { id } = await must('bob', 'store_memory', { content: 'in the box', space });
    await must('bob', 'update_memory', { id, tags: [], metadata: { moved: true }, space });
    expect(await must('cat', 'get_memory', { id, spaces: [space] })).toMatchObject({ memory: { tags: ['box'] } });
    const refused = await errorOf('bob', 'update_memory', { id, tags: ['box', 'safe'], space });
    expect(refused).toMatchObject({ code: 'MEMLANE_ERR_INVALID_INPUT', field: 'tags[1]' });
    const nobodys = await errorOf('bob', 'update_memory', { id, tags: ['box', 'none'], space });
    expect(nobodys).toEqual(refused);
    expect(await contentsOf('cat', { spaces: ['ann/safe'] })).toEqual([]);
  });

  it('ends with the next write after it was taken back, or made reading only', async () => {
    const space = await makeSpace('brief');
    const { id } = await must('bob', 'store_memory', { content: 'for a while', space });
    for (let round = 0; round < 5; round += 1) {
      await must('ann', 'unshare', { tag: 'brief', with: 'bob' });
      for (const [tool, args] of allWrites(space, id))
        expect(await errorOf('bob', tool, args)).toMatchObject({ code: 'MEMLANE_ERR_NOT_FOUND', field: 'space' });
      await must('ann', 'share', { tag: 'brief', with: 'bob', access: 'read' });
      for (const [tool, args] of allWrites(space, id))
        expect(await errorOf('bob', tool, args)).toMatchObject({ code: 'MEMLANE_ERR_FORBIDDEN', field: 'space' });
      await must('ann', 'share', { tag: 'brief', with: 'bob', access: 'write' });
      await must('bob', 'update_memory', { id, content: `round ${round}`, space });
    }
    expect(await contentsOf('ann', { tags: ['brief'] })).toEqual(['round 4']);
  });

  it('answers for a space that is not shared as for one that is not there', async () => {
    await makeSpace('pond');
    const { id } = await must('ann', 'store_memory', { content: 'frogs', tags: ['pond'] });
    const answersFor = (space: string) =>
      Promise.all(allWrites(space, id).map(([tool, args]) => call('eve', tool, args)));
    const notShared = await answersFor('ann/pond');
    for (const { structuredContent } of notShared)
      expect(structuredContent.error).toEqual({
        remedy: errors.MEMLANE_ERR_NOT_FOUND.remedy,
        code: 'MEMLANE_ERR_NOT_FOUND',
        message: 'space: there is no such space',
        retryable: false,
        field: 'space',
      });
    expect(await answersFor('ann/none')).toEqual(notShared);
    expect(await answersFor('zoe/pond')).toEqual(notShared);
    expect(await product.commandsOf('zoe')).toBe(0);
  });

  it('takes an idempotency key for each space by itself', async () => {
    const [one, two] = [await makeSpace('one'), await makeSpace('two')];
    const args = { content: 'said once', idempotency_key: 'once' };
    const places = [{}, { space: one }, { space: two }];
    const ids = new Set<unknown>();
    for (const place of places) {
      const stored = await must('bob', 'store_memory', { ...args, ...place });
      expect(stored).toMatchObject({ created: true });
      expect(await must('bob', 'store_memory', { ...args, ...place })).toEqual(stored);
      ids.add(stored['id']);
    }
    expect(ids.size).toBe(3);
    expect(await errorOf('bob', 'store_memory', { ...args, content: 'other', space: one })).toMatchObject({
      code: 'MEMLANE_ERR_IDEMPOTENCY_MISMATCH',
    });
    // Ann's own keys are hers.
    expect(await must('ann', 'store_memory', args)).toMatchObject({ created: false });
  });

  it('is within "own" and the spaces of oneself as well', async () => {
    await must('ann', 'store_memory', { content: 'own', space: 'own' });
    const { id } = await must('ann', 'store_memory', { content: 'labelled', tags: ['any'], space: 'ann/label' });
    expect(await must('ann', 'get_memory', { id })).toMatchObject({ memory: { tags: ['any', 'label'] } });
    for (const space of ['label', '', 'Ann/label', 'ann/'])
      expect(await errorOf('ann', 'store_memory', { content: 'x', space })).toMatchObject({ field: 'space' });
  });

  it('says in the owner’s events who it was', async () => {
    const space = await makeSpace('diary-of-all');
    const events = await openEvents(product.url, { key: keys.get('ann') ?? '', search: '?types=memory-stored' });
    await must('bob', 'store_memory', { content: 'by bob', space });
    await must('ann', 'store_memory', { content: 'by ann', space });
    await vi.waitUntil(() => events.seen.length === 2);
    events.close();
    expect(events.seen.map(({ data }) => data.by)).toEqual(['bob', undefined]);
  });

  it('needs the scope to write', async () => {
    const space = await makeSpace('scoped');
    const reader = await product.makeKey('bob', ['memory:read']);
    expect((await product.call(reader, 'store_memory', { content: 'x', space })).structuredContent.error).toMatchObject(
      { code: 'MEMLANE_ERR_FORBIDDEN' },
    );
  });

  describe('with limits', () => {
    async function planOf(who: string, name: string) {
      keys.set(who, await product.makeKey(who));
      await assignPlan(product.nc, who, name);
      await vi.waitUntil(async () => (await must(who, 'memory_overview'))['plan'] === name);
    }

    it('takes the room of the owner, and tells the writer nothing about it', async () => {
      await planOf('hal', 'small');
      await must('hal', 'share', { tag: 'attic', with: 'bob', access: 'write' });
      const space = 'hal/attic';
      const memories = Array.from({ length: 15 }, (_, n) => ({ content: `${n} ${'x'.repeat(65_000)}` }));
      await must('bob', 'store_memories', { memories, space });
      const overview = async (who: string) =>
        ((await must(who, 'memory_overview'))['usage'] as { stored_bytes: { used: number } }).stored_bytes.used;
      expect(await overview('hal')).toBe(975_200);
      expect(await overview('bob')).toBeLessThan(1_000);
      expect(await errorOf('bob', 'store_memory', { content: 'y'.repeat(65_000), space })).toEqual({
        remedy: errors.MEMLANE_ERR_QUOTA_EXCEEDED.remedy,
        code: 'MEMLANE_ERR_QUOTA_EXCEEDED',
        message: 'the owner of the space has no room for it',
        retryable: false,
        field: 'space',
      });
      await must('bob', 'store_memory', { content: 'y'.repeat(65_000) });
    });

    it('counts to the operations of the writer', async () => {
      await planOf('kim', 'tiny');
      await must('ann', 'share', { tag: 'busy', with: 'kim', access: 'write' });
      const write = (n: number) => call('kim', 'store_memory', { content: `busy ${n}`, space: 'ann/busy' });
      const codes: unknown[] = [];
      for (let n = 0; n < 4; n += 1) codes.push((await write(n)).structuredContent.error?.code);
      expect(codes).toContain('MEMLANE_ERR_RATE_LIMITED');
      await must('ann', 'store_memory', { content: 'ann goes on', space: 'ann/busy' });
    });
  });
});
