import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openSharedPort, type SharedPort } from './shared-port.js';

/** Answers every request with its process id; `/slow` never. */
const SERVER = `
import { createServer } from 'node:http';
const server = createServer((request, response) => {
  if (request.url !== '/slow') response.end(String(process.pid));
});
process.on('message', ({ connection }, socket) => {
  if (socket) server.emit('connection', socket);
  process.send({ taken: connection });
});
process.on('disconnect', () => process.exit(0));
process.send({ ready: true });
`;

let dir: string;
let script: string;
let shared: SharedPort;
const children: ChildProcess[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'memlane-'));
  script = join(dir, 'server.mjs');
  await writeFile(script, SERVER);
});

afterAll(() => rm(dir, { recursive: true }));

afterEach(async () => {
  shared.close();
  for (const child of children.splice(0)) await kill(child);
});

async function startServer(): Promise<ChildProcess> {
  const child = fork(script);
  children.push(child);
  await once(child, 'message');
  shared.serve(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function open(maxWaiting = 100): Promise<void> {
  shared = await openSharedPort({ host: '127.0.0.1', port: 0, maxWaiting });
}

function get(agent: Agent, path = '/'): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: shared.port, agent, path }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(Number(text)));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

const oneConnection = () => new Agent({ keepAlive: true, maxSockets: 1 });

describe('a shared port', () => {
  it('hands connections over in turn, and a connection stays where it is', async () => {
    await open();
    const pids = [await startServer(), await startServer(), await startServer()].map(({ pid }) => pid);
    const agents = Array.from({ length: 9 }, oneConnection);
    const first: number[] = [];
    for (const agent of agents) first.push(await get(agent));
    const second = await Promise.all(agents.map((agent) => get(agent)));
    expect(second).toEqual(first);
    expect(pids.map((pid) => first.filter((seen) => seen === pid).length)).toEqual([3, 3, 3]);
    for (const agent of agents) agent.destroy();
  });

  it('kill-9-of-a-process-costs-its-own-connections-only', async () => {
    await open();
    const [one, other] = [await startServer(), await startServer()];
    const [doomed, kept] = [oneConnection(), oneConnection()];
    expect([await get(doomed), await get(kept)]).toEqual([one.pid, other.pid]);
    const cut = expect(get(doomed, '/slow')).rejects.toThrow();
    await kill(one);
    await cut;
    expect(await get(kept)).toBe(other.pid);
    for (let n = 0; n < 4; n += 1) expect(await get(oneConnection())).toBe(other.pid);
    kept.destroy();
  });

  it('cuts off the connection that a process dies with before it took it', async () => {
    await open();
    const [one, other] = [await startServer(), await startServer()];
    one.kill('SIGSTOP');
    const cut = expect(get(oneConnection())).rejects.toThrow();
    for (let n = 0; n < 3; n += 1) expect(await get(oneConnection())).toBe(other.pid);
    await kill(one);
    await cut;
  });

  it('has connections wait while nobody serves it, and cuts off those that are too many', async () => {
    await open(2);
    const waiting = [get(oneConnection()), get(oneConnection())];
    await expect(
      (async () => {
        for (;;) await get(oneConnection());
      })(),
    ).rejects.toThrow();
    const { pid } = await startServer();
    expect(await Promise.all(waiting)).toEqual([pid, pid]);
  });
});
