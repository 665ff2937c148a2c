import { limit } from '@memlane/contracts';
import { startSystem, type RunningSystem } from '@memlane/testkit';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { McpCaller } from '../support/mcp-caller.js';
import { RawHttp } from '../support/raw-http.js';
import { createUser } from '../support/users.js';

// Whatever somebody does at the door: it is answered by a typed error or cut off, and somebody else is served meanwhile.

let system: RunningSystem;
let somebodyElse: McpCaller;
let attacker: RawHttp;
let port: number;
const sockets: Socket[] = [];

beforeAll(async () => {
  system = await startSystem({ env: { MEMLANE_GATEWAYS: '2', MEMLANE_EMBEDDINGS: 'none' } });
  somebodyElse = await createUser(system, 'somebody-else', { connections: 4 });
  attacker = new RawHttp(system.url, system.key);
  port = Number(new URL(system.url).port);
});

afterEach(async () => {
  await somebodyElse.must('memory_overview', {});
  for (const socket of sockets.splice(0)) socket.destroy();
});

afterAll(async () => {
  somebodyElse.close();
  attacker.close();
  await system.stop();
});

async function open(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** Everything that is told until the connection ends, whoever ends it. */
async function readToEnd(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  // Not by `once`: an error while writing is the attacker's, and the end is what counts.
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return text;
}

const head = (extra: string) =>
  `POST /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${system.key}\r\ncontent-type: application/json\r\n${extra}\r\n`;

const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

describe('somebody else is served while', () => {
  test('bodies arrive so slowly that they never end', async () => {
    const slow = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const socket = await open();
        socket.write(head('content-length: 1000\r\n') + '{');
        const dribble = setInterval(() => socket.write(' '), 2_000);
        const told = await readToEnd(socket);
        clearInterval(dribble);
        return told;
      }),
    );
    for (const told of slow) expect(told === '' || told.startsWith('HTTP/1.1 408')).toBe(true);
  });

  test('headers are of ten megabytes', async () => {
    const socket = await open();
    const told = readToEnd(socket);
    socket.write(head(`x-large: ${'x'.repeat(10_000_000)}\r\n`));
    const text = await told;
    expect(text === '' || /^HTTP\/1.1 431[^]*MEMLANE_ERR_TOO_LARGE/.test(text)).toBe(true);
  });

  test('5,000 connections do nothing', async () => {
    for (let batch = 0; batch < 50; batch += 1) await Promise.all(Array.from({ length: 100 }, open));
    for (let n = 0; n < 20; n += 1)
      await somebodyElse.must('store_memory', { content: `stored beside idle connections ${n}` });
    expect((await somebodyElse.must('list_memories', { limit: 1 }))['total']).toBe(20);
    expect((await new RawHttp(system.url, system.key).rpc('tools/list')).status).toBe(200);
  });

  test('a client never reads its stream', async () => {
    const socket = await open();
    socket.pause();
    socket.write(`GET /events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${system.key}\r\n\r\n`);
    for (let n = 0; n < 100; n += 1) {
      const args = { content: `${n} ${'x'.repeat(limit('content_bytes') - 100)}` };
      expect((await attacker.rpc('tools/call', { name: 'store_memory', arguments: args })).status).toBe(200);
      await somebodyElse.must('memory_overview', {});
    }
  });

  test('requests are addressed to foreign names, or come from foreign pages', async () => {
    const foreign: Record<string, string>[] = [{ host: 'evil.example' }, { origin: 'https://evil.example' }];
    for (const headers of foreign) {
      const answer = await attacker.send({ method: 'POST', headers: { ...json, ...headers }, body: '{}' });
      expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('MEMLANE_ERR_FORBIDDEN')]);
    }
  });

  test('JSON is broken, or nested without end', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"store_memory","arguments":{"content":"x","metadata":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}}}`;
    for (const body of ['{"jsonrpc": "2.0", ', '\u0000', '"', '[]', 'null', deep, call, `{"a":${deep}}`]) {
      const answer = await attacker.send({ method: 'POST', headers: json, body });
      expect(answer.status, body.slice(0, 40)).toBe(400);
      expect(answer.text, body.slice(0, 40)).toMatch(/MEMLANE_ERR_|"code":-32/);
      expect(answer.text).not.toContain('MEMLANE_ERR_INTERNAL');
    }
  });
});
