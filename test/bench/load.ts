import { fork } from 'node:child_process';
import { request, Agent } from 'node:http';
import { join } from 'node:path';
import { startSystem, tempDir } from '@memlane/testkit';
import { createUser, createUsers } from '../support/users.js';
import { builtFile } from './built-file.js';
import { runClosedLoop, runOpenLoop, type LoopResult } from './closed-loop.js';
import { queryOf } from './corpus.js';

export interface LoadSettings {
  /** Of each measurement; the open loop at the end takes twice as long. */
  readonly seconds: number;
  /** Numbers of users, one after the other. */
  readonly clients: readonly number[];
}

interface Row {
  readonly what: string;
  readonly clients: number;
  readonly result: LoopResult;
}

/** Stores and searches at rising numbers of users, beside the floor in the same run. */
export async function benchLoad(texts: readonly string[], settings: LoadSettings): Promise<string> {
  const { seconds } = settings;
  const rows: Row[] = [];
  rows.push(...(await benchFloor(texts, settings)));
  const system = await startSystem();
  try {
    const text = (n: number, salt: string) => `${texts[n % texts.length] ?? ''} (${salt}${n})`;
    for (const clients of settings.clients) {
      const users = await createUsers(
        system,
        Array.from({ length: clients }, (_, n) => `b${clients}-${n}`),
      );
      const store = await runClosedLoop(clients, seconds, async (worker, turn) => {
        await users[worker]?.must('store_memory', { content: text(turn * clients + worker, 's') });
      });
      rows.push({ what: 'memlane store', clients, result: store });
      const search = await runClosedLoop(clients, seconds, async (worker, turn) => {
        await users[worker]?.must('search_memories', { query: firstWords(texts, turn * clients + worker) });
      });
      rows.push({ what: 'memlane search', clients, result: search });
      for (const user of users) user.close();
    }
    const reader = await createUser(system, `b${settings.clients.at(-1)}-0`, { connections: 16 });
    const steady = await runOpenLoop(50, seconds * 2, async (turn) => {
      await reader.must('search_memories', { query: firstWords(texts, turn) });
    });
    rows.push({ what: 'memlane search, 50 a second', clients: 1, result: steady });
    reader.close();
  } finally {
    await system.stop();
  }
  return renderRows(rows);
}

function firstWords(texts: readonly string[], n: number): string {
  return queryOf(texts[n % texts.length] ?? '') || 'anything';
}

async function benchFloor(texts: readonly string[], settings: LoadSettings): Promise<Row[]> {
  const dir = await tempDir();
  const child = fork(builtFile('floor-server.js'), [join(dir, 'floor.sqlite')]);
  try {
    const { port } = await new Promise<{ port: number }>((resolve, reject) => {
      child.once('message', (message) => resolve(message as { port: number }));
      child.once('exit', () => reject(new Error('the floor server did not start')));
    });
    const agent = new Agent({ keepAlive: true });
    const rows: Row[] = [];
    const { seconds } = settings;
    for (const clients of settings.clients) {
      const store = await runClosedLoop(clients, seconds, (worker, turn) =>
        post(agent, port, '/store', { content: `${texts[turn % texts.length] ?? ''} (${clients}-${worker}-${turn})` }),
      );
      rows.push({ what: 'floor store', clients, result: store });
      const search = await runClosedLoop(clients, seconds, (worker, turn) =>
        post(agent, port, '/search', { query: firstWords(texts, turn * clients + worker) }),
      );
      rows.push({ what: 'floor search', clients, result: search });
    }
    agent.destroy();
    return rows;
  } finally {
    child.kill();
  }
}

function post(agent: Agent, port: number, path: string, body: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, path, method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (response) => {
        response.resume();
        response.on('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`HTTP ${String(response.statusCode)}`));
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(body));
  });
}

function renderRows(rows: readonly Row[]): string {
  const lines = rows.map(({ what, clients, result: { rate, p50, p95, p99, errors } }) => {
    const ms = (value: number) => value.toFixed(1);
    return `| ${what} | ${clients} | ${rate.toFixed(0)} | ${ms(p50)} | ${ms(p95)} | ${ms(p99)} | ${errors} |`;
  });
  return [
    '| what | clients | ops/s | p50 ms | p95 ms | p99 ms | errors |',
    '|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}
