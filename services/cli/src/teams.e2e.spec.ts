import { runCli, startSystem, type RunningSystem } from '@memlane/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let system: RunningSystem;

beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

async function memlane(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli([...args, '--data-dir', system.dataDir]);
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

test('memlane teams makes teams, adds and removes users, lists them, and the log tells it', async () => {
  expect(await memlane('teams', 'create', 'ops')).toBe('team-ops');
  expect(await memlane('teams', 'create', 'dev')).toBe('team-dev');
  expect(await memlane('teams', 'add', 'ops', 'bob')).toBe('bob is now in team-ops');
  expect(await memlane('teams', 'add', 'team-ops', 'ann')).toBe('ann is now in team-ops');
  expect(await memlane('teams', 'add', 'ops', 'bob')).toBe('bob is in team-ops');
  expect((await memlane('teams', 'list')).split('\n').sort()).toEqual(['team-dev\t-', 'team-ops\tann,bob']);
  expect(await memlane('teams', 'remove', 'ops', 'ann')).toBe('ann is not in team-ops any more');
  const listed = JSON.parse(await memlane('teams', 'list', '--team', 'ops', '--json')) as unknown;
  expect(listed).toEqual({ team: 'team-ops', members: ['bob'] });
  const log = (await memlane('keys', 'log', '--owner', 'team-ops'))
    .split('\n')
    .map((line) => line.split('\t').slice(2));
  expect(log).toEqual([
    ['team-created', '-', 'operator', 'memlane-cli'],
    ['team-member-added', 'bob', 'operator', 'memlane-cli'],
    ['team-member-added', 'ann', 'operator', 'memlane-cli'],
    ['team-member-removed', 'ann', 'operator', 'memlane-cli'],
  ]);
});

test('memlane teams refuses what makes no sense, and says why', async () => {
  for (const [args, words] of [
    [['teams', 'add', 'none', 'bob'], 'there is no such team'],
    [['teams', 'add', 'ops', 'team-dev'], 'is a team'],
    [['teams', 'create', 'Ops'], 'TEAM'],
    [['keys', 'create', '--owner', 'team-ops'], 'is the id of a team'],
  ] as const)
    await expect(memlane(...args), args.join(' ')).rejects.toThrow(words);
});
