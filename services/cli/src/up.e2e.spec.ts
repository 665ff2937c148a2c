import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { chmod, lstat, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dataPaths, partitionOf, readEnv, subjects } from '@memlane/contracts';
import { connectNats, openLog } from '@memlane/event-log';
import { commandLineOf, readRuntime } from '@memlane/supervision';
import { runCli, startSystem, tempDir, type RunningSystem, type SystemPart } from '@memlane/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';

const running: RunningSystem[] = [];

async function start(options?: Parameters<typeof startSystem>[0]): Promise<RunningSystem> {
  const system = await startSystem(options);
  running.push(system);
  return system;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((system) => system.stop()));
});

/** Every process of a system, by what its command line names. */
async function pidsOf(system: RunningSystem): Promise<number[]> {
  const { parts } = await system.runtime();
  return Object.values(parts).map(({ pid }) => pid);
}

async function survivors(pids: readonly number[], dataDir: string): Promise<number[]> {
  const lines = await Promise.all(pids.map(async (pid) => ({ pid, line: await commandLineOf(pid) })));
  return lines.filter(({ line }) => line?.includes(dataDir)).map(({ pid }) => pid);
}

async function isReady(system: RunningSystem): Promise<boolean> {
  const answer = await fetch(new URL('/readyz', system.url)).catch(() => undefined);
  return answer?.ok === true;
}

describe('memlane up', () => {
  test('is ready with a connect.json that only its owner can read, and stops on SIGTERM with no process left', async () => {
    const system = await start();
    expect(await isReady(system)).toBe(true);
    const file = join(system.dataDir, 'connect.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ url: system.url, key: system.key });
    const pids = await pidsOf(system);
    expect(pids).toHaveLength(11);
    expect(await survivors(pids, system.dataDir)).toHaveLength(11);

    expect(await system.stop()).toBe(0);
    expect(await survivors(pids, system.dataDir)).toEqual([]);
    expect(system.log().at(-1)).toContain('stopped');
  });

  test('as npm start prints a configuration to paste, and Ctrl-C in its terminal leaves no process', async () => {
    const dataDir = await tempDir();
    // A terminal sends the signal to every process of the group: npm, its shell and those below.
    const npm = spawn('npm', ['start', '--silent', '--', '--port', '0', '--data-dir', dataDir], {
      cwd: join(import.meta.dirname, '..', '..', '..'),
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    const signal = (name: NodeJS.Signals) => process.kill(-(npm.pid ?? Number.NaN), name);
    let output = '';
    npm.stdout.on('data', (data: Buffer) => (output += data.toString()));
    try {
      await vi.waitFor(() => expect(output).toContain('Memlane is ready at'), 120_000);
      const connect = JSON.parse(await readFile(join(dataDir, 'connect.json'), 'utf8')) as { url: string; key: string };
      expect(output).toContain(`claude mcp add --transport http memlane ${connect.url}`);
      expect(output).toContain(`"Authorization": "Bearer ${connect.key}"`);
      const runtime = await readRuntime(dataPaths(dataDir).runtime);
      const pids = [runtime?.pid ?? 0, ...Object.values(runtime?.parts ?? {}).map(({ pid }) => pid)];
      expect(await survivors(pids, dataDir)).toHaveLength(12);
      const ended = once(npm, 'exit');
      signal('SIGINT');
      await ended;
      await vi.waitFor(async () => expect(await survivors(pids, dataDir)).toEqual([]), 20_000);
      expect(output).toMatch(/ stopped\n$/);
    } finally {
      if (npm.exitCode === null && npm.signalCode === null) signal('SIGKILL');
    }
  });

  test('leaves nothing of its data to others, in a folder that was open to them as well', async () => {
    const dataDir = await tempDir();
    await chmod(dataDir, 0o755);
    await start({ dataDir });
    const open = async () => {
      const names = ['.', ...(await readdir(dataDir, { recursive: true }))];
      const modes = await Promise.all(
        names.map(
          async (name) => [name, (await lstat(join(dataDir, name)).catch(() => undefined))?.mode ?? 0] as const,
        ),
      );
      expect(modes.length).toBeGreaterThan(60);
      return modes.filter(([, mode]) => (mode & 0o077) !== 0).map(([name]) => name);
    };
    expect(await open()).toEqual([]);
  });

  test('keeps the key of the default user over a restart', async () => {
    const first = await start();
    await first.stop();
    const second = await start({ dataDir: first.dataDir });
    expect(second.key).toBe(first.key);
  });

  test('killed with -9 leaves no process behind, and starts again on the same folder', async () => {
    const first = await start();
    const pids = await pidsOf(first);
    await first.kill9Supervisor();
    await vi.waitFor(async () => expect(await survivors(pids, first.dataDir)).toEqual([]), 60_000);
    const second = await start({ dataDir: first.dataDir });
    expect(await isReady(second)).toBe(true);
  });

  test('killed with -9 and started again at once waits for what is still ending', async () => {
    const first = await start();
    const pids = await pidsOf(first);
    await first.kill9Supervisor();
    const second = await start({ dataDir: first.dataDir });
    expect(await survivors(pids, first.dataDir)).toEqual([]);
    expect(await isReady(second)).toBe(true);
  });
});

describe('memlane up refuses to start', () => {
  test('on a port that another program uses', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await vi.waitFor(() => expect(server.listening).toBe(true));
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await runCli(['up', '--port', String(port), '--data-dir', await tempDir()]);
    server.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`Port ${port} of 127.0.0.1 is used by another program`);
    expect(stderr).toContain('--port');
  });

  test.each(['no-such-host.invalid', '192.0.2.1'])(
    'on the host %s, which is not an address of this machine',
    async (host) => {
      for (const port of ['0', '7400']) {
        const { code, stderr } = await runCli(['up', '--host', host, '--port', port, '--data-dir', await tempDir()]);
        expect({ code, stderr }).toEqual({
          code: 1,
          stderr: `${host} is not an address of this machine. Choose one with --host, such as 127.0.0.1, or 0.0.0.0 for all.\n`,
        });
      }
    },
  );

  test('on half of the settings of OAuth, before anything is made', async () => {
    const dataDir = await tempDir();
    const { code, stderr } = await runCli(['up', '--port', '0', '--data-dir', dataDir], {
      MEMLANE_OAUTH_ISSUERS: 'https://sign-in.example',
    });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'MEMLANE_OAUTH_RESOURCE: missing beside MEMLANE_OAUTH_ISSUERS\n',
    });
    expect(await readdir(dataDir)).toEqual([]);
  });

  test('on a data folder of a newer version, which stays as it was', async () => {
    const dataDir = await tempDir();
    await writeFile(join(dataDir, 'format.json'), '{"version":99}');
    const { code, stderr } = await runCli(['up', '--port', '0', '--data-dir', dataDir]);
    expect(code).toBe(1);
    expect(stderr).toContain('was written by a newer Memlane');
    expect(await readdir(dataDir)).toEqual(['format.json']);
  });

  test('on a nats-server that cannot be run', async () => {
    const { code, stderr } = await runCli(['up', '--port', '0', '--data-dir', await tempDir()], {
      MEMLANE_NATS_SERVER: '/nowhere/nats-server',
    });
    expect(code).toBe(1);
    expect(stderr).toContain('/nowhere/nats-server is not a program that can be run');
  });
});

describe('on a system that runs', () => {
  let system: RunningSystem;

  beforeAll(async () => {
    system = await startSystem();
  });

  afterAll(() => system.stop());

  test('status, keys and rebuild work', async () => {
    const where = ['--data-dir', system.dataDir];
    const status = await runCli(['status', ...where]);
    expect(status.stdout).toMatch(/^gateway +1 process +ok$/m);
    expect(status.stdout).toMatch(/^memory-projector +1 process +ok, up to date$/m);
    expect(status).toMatchObject({ code: 0 });
    const lines = (await runCli(['status', '--json', ...where])).stdout.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { service: string }).service)).toContain('command-handler');

    const created = await runCli(['keys', 'create', '--owner', 'ana', '--name', 'laptop', ...where]);
    expect(created.code).toBe(0);
    const listed = await runCli(['keys', 'list', '--owner', 'ana', ...where]);
    const [id = ''] = listed.stdout.split('\t');
    expect(listed.stdout).toContain('laptop');
    expect(listed.stdout).not.toContain(created.stdout.trim());
    expect((await runCli(['keys', 'revoke', id, ...where])).code).toBe(0);
    expect((await runCli(['keys', 'list', '--owner', 'ana', ...where])).stdout).toBe('');
    expect(await runCli(['keys', 'revoke', id, ...where])).toMatchObject({ code: 1 });

    const rebuilt = await runCli(['rebuild', ...where]);
    expect(rebuilt).toMatchObject({ code: 0 });
    expect(rebuilt.stdout).toContain('read model v2 is live');
    expect(rebuilt.stdout).toContain('code index v2 is live');
  });

  test('memlane up refuses to start on its data folder, and it goes on undisturbed', async () => {
    const { code, stderr } = await runCli(['up', '--port', '0', '--data-dir', system.dataDir]);
    expect(code).toBe(1);
    expect(stderr).toContain(`is in use by another Memlane (process ${system.pid}, ${system.url})`);
    expect(await isReady(system)).toBe(true);
  });

  test.each<SystemPart>(['gateway', 'query', 'embedder', 'nats-server', 'chroma'])(
    'memlane up starts %s again after a crash',
    async (part) => {
      const before = await system.pidOf(part);
      await system.kill9(part);
      await vi.waitFor(async () => expect(await system.pidOf(part)).not.toBe(before), 60_000);
      await vi.waitFor(async () => expect(await isReady(system)).toBe(true), 60_000);
    },
  );

  test('status names the owner of a commit that could not be applied', async () => {
    const { nats } = await system.runtime();
    const env = readEnv({
      MEMLANE_NATS_URL: nats.url,
      MEMLANE_NATS_USER: nats.user,
      MEMLANE_NATS_PASSWORD: nats.password,
    });
    const nc = await connectNats(env, { name: 'test' });
    const log = await openLog(nc, { partitions: env.MEMLANE_PARTITIONS, replicas: env.MEMLANE_REPLICAS });
    const partition = partitionOf('eve', env.MEMLANE_PARTITIONS);
    const { seq } = await log.js.publish(subjects.event(partition, 'eve', 'memory'), 'not a commit', { msgID: 'odd' });
    await nc.close();
    await vi.waitFor(async () => {
      const { stdout } = await runCli(['status', '--data-dir', system.dataDir]);
      expect(stdout).toContain(`parked: eve, partition ${partition}, since commit ${seq} (SyntaxError)\n`);
    }, 20_000);
  });
});

describe('the other commands', () => {
  test('without a running system they say so', async () => {
    const { code, stderr } = await runCli(['status', '--data-dir', await tempDir()]);
    expect(code).toBe(1);
    expect(stderr).toContain('No Memlane runs in');
  });

  test('help and mistakes on the command line', async () => {
    const help = await runCli(['--help']);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('memlane up [flags]');
    // What `npx memlane` runs.
    const linked = join(import.meta.dirname, '..', '..', '..', 'node_modules', '.bin', 'memlane');
    expect((await promisify(execFile)(process.execPath, [linked, '--help'])).stdout).toBe(help.stdout);
    const mistake = await runCli(['fly']);
    expect(mistake.code).toBe(2);
    expect(mistake.stderr).toContain('unknown command: fly');
  });
});
