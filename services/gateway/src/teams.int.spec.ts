import { limit } from '@memlane/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProduct, type Product } from './product.support.spec.js';

describe('teams', () => {
  let product: Product;
  const keys = new Map<string, string>();

  beforeAll(async () => {
    product = await startProduct();
    keys.set('root', await product.makeKey('root', ['admin']));
    for (const name of ['ann', 'bob', 'cat', 'eve']) keys.set(name, await product.makeKey(name));
  });
  afterAll(() => product.stop());

  async function ask(method: string, path: string, body?: unknown, who = 'root') {
    const response = await fetch(new URL(path, product.url), {
      method,
      headers: {
        authorization: `Bearer ${keys.get(who) ?? ''}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }
  const change = (action: 'add' | 'remove', team: string, member: string) =>
    ask('POST', `/admin/teams/${team}/${action}`, { member });

  /** A new team with members. */
  async function makeTeam(team: string, ...members: string[]): Promise<void> {
    expect((await ask('POST', '/admin/teams', { team })).status).toBe(201);
    for (const member of members) expect((await change('add', team, member)).status).toBe(200);
  }

  async function must(who: string, tool: string, args: Record<string, unknown> = {}) {
    const { structuredContent, isError } = await product.call(keys.get(who) ?? '', tool, args);
    if (isError) throw new Error(JSON.stringify(structuredContent));
    return structuredContent;
  }
  const errorOf = async (who: string, tool: string, args: Record<string, unknown>) =>
    (await product.call(keys.get(who) ?? '', tool, args)).structuredContent.error;

  describe('are administered', () => {
    it('by making them, and by adding and removing users', async () => {
      expect(await ask('POST', '/admin/teams', { team: 'ops' })).toEqual({
        status: 201,
        body: { team: 'team-ops', created: true },
      });
      expect(await ask('POST', '/admin/teams', { team: 'team-ops' })).toEqual({
        status: 200,
        body: { team: 'team-ops', created: false },
      });
      for (const [member, changed] of [
        ['bob', true],
        ['ann', true],
        ['bob', false],
      ] as const)
        expect((await change('add', 'team-ops', member)).body).toEqual({ team: 'team-ops', member, changed });
      expect((await ask('GET', '/admin/teams/team-ops')).body).toEqual({ team: 'team-ops', members: ['ann', 'bob'] });
      expect((await change('remove', 'ops', 'ann')).body).toMatchObject({ changed: true });
      expect((await change('remove', 'ops', 'ann')).body).toMatchObject({ changed: false });
      expect((await ask('GET', '/admin/teams/ops')).body).toMatchObject({ members: ['bob'] });
      const { accounts } = (await ask('GET', '/admin/accounts')).body as { accounts: { owner: string }[] };
      expect(accounts.map(({ owner }) => owner)).not.toContain('team-ops');
    });

    it('page by page', async () => {
      for (const team of ['page-1', 'page-2', 'page-3']) await makeTeam(team, 'bob');
      const seen: { team: string; members: number }[] = [];
      for (let cursor = ''; ;) {
        const { body } = await ask('GET', `/admin/teams?limit=2${cursor}`);
        const page = body as { teams: { team: string; members: number }[]; next_cursor?: string };
        seen.push(...page.teams);
        if (page.next_cursor === undefined) break;
        cursor = `&cursor=${page.next_cursor}`;
      }
      expect(seen.filter(({ team }) => team.startsWith('team-page'))).toEqual(
        [1, 2, 3].map((n) => ({ team: `team-page-${n}`, members: 1 })),
      );
    });

    it.each([
      ['POST', '/admin/teams', { team: 'x' }],
      ['GET', '/admin/teams', undefined],
      ['GET', '/admin/teams/ops', undefined],
      ['POST', '/admin/teams/ops/add', { member: 'eve' }],
      ['POST', '/admin/teams/ops/remove', { member: 'bob' }],
    ])('by administrators only: %s %s', async (method, path, body) => {
      expect(await ask(method, path, body, 'eve')).toMatchObject({
        status: 403,
        body: { code: 'MEMLANE_ERR_FORBIDDEN', details: { scope: 'admin' } },
      });
    });

    it.each([
      ['/admin/teams', { team: 'A B' }, 400, 'team'],
      ['/admin/teams', { team: 'x'.repeat(60) }, 400, 'team'],
      ['/admin/teams', { team: '' }, 400, 'team'],
      ['/admin/teams', { team: 'y', members: [] }, 400, 'members'],
      ['/admin/teams/ops/add', { member: 'Not An Id' }, 400, 'member'],
      ['/admin/teams/ops/add', { member: 'team-page-1' }, 400, 'member'],
      ['/admin/teams/ops/add', {}, 400, 'member'],
      ['/admin/teams/none/add', { member: 'bob' }, 404, 'team'],
      ['/admin/teams/none/remove', { member: 'bob' }, 404, 'team'],
      ['/admin/keys', { owner: 'team-ops', name: 'x' }, 400, 'owner'],
      ['/admin/keys', { owner: 'team-never', name: 'x' }, 400, 'owner'],
    ])('and refuse what makes no sense: %s %j', async (path, body, status, field) => {
      expect(await ask('POST', path, body)).toMatchObject({ status, body: { field } });
    });

    it('and have no more members than the limit', async () => {
      await makeTeam('large');
      const max = limit('members_per_team');
      for (let n = 0; n < max; n += 50)
        await Promise.all(Array.from({ length: 50 }, (_, k) => change('add', 'large', `user-${n + k}`)));
      expect(await change('add', 'large', 'one-more')).toMatchObject({
        status: 400,
        body: { field: 'member', limit: max },
      });
    });
  });

  describe('that something is shared with', () => {
    const writes = (space: string, id: unknown) =>
      [
        ['store_memory', { content: 'by a member', space }],
        ['update_memory', { id, metadata: { seen: true }, space }],
        ['delete_memories', { ids: ['none'], space }],
      ] as const;
    const reads = (space: string, id: unknown) =>
      [
        ['list_memories', { spaces: [space] }],
        ['search_memories', { query: 'member', spaces: ['own', space] }],
        ['get_memory', { id, spaces: [space] }],
      ] as const;

    it('read and write what its members may, at once, and nobody else', async () => {
      await makeTeam('garden', 'bob', 'cat');
      const { id } = await must('ann', 'store_memory', { content: 'hello members', tags: ['beds'] });
      const space = 'ann/beds';
      expect(await must('ann', 'share', { tag: 'beds', with: 'team-garden', access: 'write' })).toMatchObject({
        with: 'team-garden',
        access: 'write',
      });
      for (const who of ['bob', 'cat'])
        for (const [tool, args] of [...reads(space, id), ...writes(space, id)]) await must(who, tool, args);
      for (const [tool, args] of [...reads(space, id), ...writes(space, id)])
        expect(await errorOf('eve', tool, args), tool).toMatchObject({ code: 'MEMLANE_ERR_NOT_FOUND' });
      expect(await must('cat', 'list_shares')).toMatchObject({
        you: 'cat',
        teams: ['team-garden'],
        received: [{ space, from: 'ann', with: 'team-garden', access: 'write' }],
      });
      expect(await must('eve', 'list_shares')).toMatchObject({ teams: [], received: [] });
    });

    it('are left by whoever is taken out, with the next read and the next write', async () => {
      await makeTeam('shift', 'bob', 'cat');
      const { id } = await must('ann', 'store_memory', { content: 'notes of members', tags: ['shift'] });
      await must('ann', 'share', { tag: 'shift', with: 'team-shift', access: 'write' });
      const space = 'ann/shift';
      for (let round = 0; round < 5; round += 1) {
        await change('remove', 'shift', 'bob');
        for (const [tool, args] of [...reads(space, id), ...writes(space, id)])
          expect(await errorOf('bob', tool, args), `${round} ${tool}`).toMatchObject({ code: 'MEMLANE_ERR_NOT_FOUND' });
        expect((await must('bob', 'list_shares'))['teams']).not.toContain('team-shift');
        await must('cat', 'store_memory', { content: `cat is still there ${round}`, space });
        await change('add', 'shift', 'bob');
        await must('bob', 'store_memory', { content: `bob is there again ${round}`, space });
        expect((await must('bob', 'list_memories', { spaces: [space], limit: 1 }))['total']).toBe(3 + round * 2);
      }
    });

    it('have nothing of what another team has, and lose what is taken back', async () => {
      await makeTeam('red', 'bob');
      await makeTeam('red2', 'cat');
      await must('ann', 'share', { tag: 'plan', with: 'team-red', access: 'write' });
      const space = 'ann/plan';
      await must('bob', 'store_memory', { content: 'red goes first', space });
      const refused = await errorOf('cat', 'store_memory', { content: 'so does red2', space });
      expect(refused).toMatchObject({ code: 'MEMLANE_ERR_NOT_FOUND', field: 'space' });
      expect(await errorOf('cat', 'store_memory', { content: 'so does red2', space: 'ann/none' })).toEqual(refused);
      expect(await must('ann', 'unshare', { tag: 'plan', with: 'team-red2' })).toMatchObject({ removed: [] });
      await must('ann', 'share', { tag: 'plan', with: 'team-red' });
      expect(await errorOf('bob', 'store_memory', { content: 'x', space })).toMatchObject({
        code: 'MEMLANE_ERR_FORBIDDEN',
      });
      await must('ann', 'unshare', { tag: 'plan' });
      expect(await errorOf('bob', 'list_memories', { spaces: [space] })).toMatchObject({
        code: 'MEMLANE_ERR_NOT_FOUND',
      });
    });

    it('may what is the most of what a member and the team may', async () => {
      await makeTeam('mixed', 'bob');
      await must('ann', 'share', { tag: 'mix', with: 'bob' });
      await must('ann', 'share', { tag: 'mix', with: 'team-mixed', access: 'write' });
      await must('bob', 'store_memory', { content: 'as a member', space: 'ann/mix' });
      await must('ann', 'unshare', { tag: 'mix', with: 'team-mixed' });
      expect(await errorOf('bob', 'store_memory', { content: 'as bob', space: 'ann/mix' })).toMatchObject({
        code: 'MEMLANE_ERR_FORBIDDEN',
      });
    });

    it('are shown to the one who shares as what is given, not received', async () => {
      await makeTeam('self', 'ann');
      await must('ann', 'share', { tag: 'mine', with: 'team-self' });
      const { given, received } = await must('ann', 'list_shares');
      expect(given).toEqual(expect.arrayContaining([expect.objectContaining({ tag: 'mine', with: 'team-self' })]));
      expect(received).toEqual([]);
    });
  });
});
