import type { Env } from '@memlane/contracts';
import { describe, expect, test } from 'vitest';
import { readRequest } from './options.js';
import { UsageError } from './usage-error.js';

describe('the command line', () => {
  test('a flag goes before a variable, and a variable before the default', () => {
    const request = readRequest(['up', '--port', '7500'], { MEMLANE_PORT: '7600', MEMLANE_HOST: '::1' });
    expect(request.command).toBe('up');
    if (request.command !== 'up') return;
    expect(request.env.MEMLANE_PORT).toBe(7500);
    expect(request.env.MEMLANE_HOST).toBe('::1');
    expect(request.env.MEMLANE_DATA_DIR).toBe('./.memlane');
  });

  test('has every flag of "memlane up", and a preset for what is not said', () => {
    const envOf = (...args: string[]) => (readRequest(['up', ...args], {}) as { env: Env }).env;
    expect(envOf()).toMatchObject({
      MEMLANE_PORT: 7400,
      MEMLANE_HOST: '127.0.0.1',
      MEMLANE_DATA_DIR: './.memlane',
      MEMLANE_LOG_LEVEL: 'info',
    });
    expect(envOf().MEMLANE_CACHE_DIR).toBeUndefined();
    const folders = ['--data-dir', '/srv/data', '--cache-dir', '/srv/cache'];
    expect(envOf('--port', '1', '--host', '0.0.0.0', '--log-level', 'debug', ...folders)).toMatchObject({
      MEMLANE_PORT: 1,
      MEMLANE_HOST: '0.0.0.0',
      MEMLANE_DATA_DIR: '/srv/data',
      MEMLANE_CACHE_DIR: '/srv/cache',
      MEMLANE_LOG_LEVEL: 'debug',
    });
  });

  test('says how many of a service run', () => {
    const { env } = readRequest(['up', '--gateways', '3', '--command-handlers', '2'], { MEMLANE_QUERIES: '4' }) as {
      env: Env;
    };
    expect([env.MEMLANE_GATEWAYS, env.MEMLANE_COMMAND_HANDLERS, env.MEMLANE_QUERIES]).toEqual([3, 2, 4]);
    expect(() => readRequest(['up', '--gateways', '0'], {})).toThrow('--gateways: a whole number, 1 to 16');
  });

  test('a variable that is not valid is named by itself', () => {
    expect(() => readRequest(['up'], { MEMLANE_PORT: 'abc' })).toThrow('MEMLANE_PORT: a whole number, 0 to 65535');
  });

  test('a group of commands alone shows all of its own, and no others', () => {
    expect(() => readRequest(['keys'], {})).toThrow(/keys create[^]*a new text for a key[^]*keys log/);
    expect(() => readRequest(['keys'], {})).not.toThrow('jobs');
  });

  test('keys are created for an owner with scopes', () => {
    const request = readRequest(['keys', 'create', '--owner', 'ana', '--scopes', 'memory:read, admin'], {});
    expect(request).toMatchObject({
      command: 'keys-create',
      owner: 'ana',
      name: 'cli',
      scopes: ['memory:read', 'admin'],
    });
  });

  test('a key is revoked by its id', () => {
    expect(readRequest(['keys', 'revoke', 'key_1'], {})).toMatchObject({ command: 'keys-revoke', id: 'key_1' });
  });

  test('teams go by their name or id', () => {
    for (const team of ['ops', 'team-ops'])
      expect(readRequest(['teams', 'add', team, 'ana'], {})).toMatchObject({
        command: 'teams-add',
        team: 'team-ops',
        member: 'ana',
      });
    expect(readRequest(['teams', 'list', '--team', 'ops'], {})).toMatchObject({ team: 'team-ops' });
  });

  test('plans are set from a file, and assigned to an owner', () => {
    expect(readRequest(['plans', 'set', 'plans.json'], {})).toMatchObject({ command: 'plans-set', file: 'plans.json' });
    const assign = readRequest(['plans', 'assign', 'ana', 'team'], {});
    expect(assign).toMatchObject({ command: 'plans-assign', owner: 'ana', plan: 'team' });
  });

  test('nothing, help and --help ask for help', () => {
    expect([[], ['help'], ['--help'], ['up', '-h']].map((args) => readRequest(args, {}).command)).toEqual(
      Array(4).fill('help'),
    );
  });

  test.each([
    [['fly'], 'unknown command: fly'],
    [['keys', 'steal'], 'unknown command: keys steal\n\n  memlane keys create'],
    [['keys'], '"memlane keys" does one of these:\n\n  memlane keys create'],
    [['plans'], '"memlane plans" does one of these:\n\n  memlane plans show'],
    [['up', '--speed', '9'], "Unknown option '--speed'"],
    [['up', '--owner', 'ana'], '--owner does not belong to "memlane up"'],
    [['up', '--port', '99999'], '--port: a whole number, 0 to 65535'],
    [['up', '--port', 'abc'], '--port: a whole number, 0 to 65535'],
    [['up', '--host', ''], '--host is empty'],
    [['up', '--log-level', 'loud'], '--log-level: '],
    [['up', '--command-handlers', '0'], '--command-handlers: '],
    [['status', '--queries', '2'], '--queries does not belong to "memlane status"'],
    [['up', 'now'], 'unexpected: now'],
    [['keys', 'revoke'], 'the id of a key is missing'],
    [['plans', 'set'], 'the file of plans is missing'],
    [['plans', 'assign', 'ana'], 'OWNER or PLAN is missing'],
    [['plans', 'assign', 'A B', 'team'], 'OWNER: 1 to 64'],
    [['plans', 'show', 'all'], 'unexpected: all'],
    [['teams', 'create'], 'the name of a team is missing'],
    [['teams', 'create', 'A B'], 'TEAM: is not the name of a team'],
    [['teams', 'create', 'team-'], 'TEAM: is not the name of a team'],
    [['teams', 'create', 'x'.repeat(60)], 'TEAM: is not the name of a team'],
    [['teams', 'add', 'ops'], 'TEAM or USER is missing'],
    [['teams', 'remove', 'ops', 'A B'], 'USER: 1 to 64'],
    [['keys', 'create', '--owner', 'A B'], '--owner'],
    [['keys', 'create', '--name', 'laptop'], '--owner is missing'],
    [['jobs', 'cancel', '0123456789abcdef-1'], '--owner is missing'],
    [['keys', 'create', '--owner', 'ana', '--scopes', 'all'], '--scopes: "all" is not one of'],
  ])('%j is refused', (args, message) => {
    expect(() => readRequest(args, {})).toThrow(UsageError);
    expect(() => readRequest(args, {})).toThrow(message);
  });
});
