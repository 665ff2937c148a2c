import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { tempDir } from '@memlane/testkit';
import { afterEach, describe, expect, it, vi } from 'vitest';

const telemetry = new URL('../dist/index.js', import.meta.url).href;
const children: ChildProcess[] = [];
const servers: Server[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) server.close();
});

/** A process whose service does what `start` says, with its log and its messages to the supervisor. */
async function run(start: string, env: Record<string, string> = {}) {
  const file = join(await tempDir(), 'main.mjs');
  await writeFile(
    file,
    `import { runService, withSpan } from ${JSON.stringify(telemetry)};
     await runService('probe', async ({ log }) => { ${start} });`,
  );
  const child = fork(file, { execArgv: [], env: { PATH: process.env['PATH'] ?? '', ...env }, silent: true });
  children.push(child);
  let log = '';
  child.stdout?.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const messages: unknown[] = [];
  child.on('message', (message) => messages.push(message));
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  return { child, exited, messages, log: () => log };
}

const STAYS = 'setInterval(() => undefined, 1000);';

describe('a service', () => {
  it('tells its supervisor when it is ready, and drains on SIGTERM', async () => {
    const service = await run(`${STAYS} return { stop: async () => log.info('drained') };`);
    await vi.waitFor(() => expect(service.messages).toEqual([{ ready: true }]), 10_000);
    service.child.kill('SIGTERM');
    expect(await service.exited).toEqual([0, null]);
    expect(service.log()).toContain('"msg":"drained"');
  });

  it('drains and ends when its supervisor is gone', async () => {
    const service = await run(`${STAYS} return { stop: async () => log.info('drained') };`);
    await vi.waitFor(() => expect(service.messages).toEqual([{ ready: true }]), 10_000);
    service.child.disconnect();
    expect(await service.exited).toEqual([0, null]);
    expect(service.log()).toContain('"msg":"drained"');
  });

  it('ends when nobody reads what it has to say any more', async () => {
    const service = await run(
      `${STAYS} return { stop: async () => { for (let n = 0; n < 1_000; n++) log.info('last words'); } };`,
    );
    await vi.waitFor(() => expect(service.messages).toEqual([{ ready: true }]), 10_000);
    service.child.stdout?.destroy();
    service.child.disconnect();
    expect(await service.exited).toEqual([0, null]);
  });

  it('logs a failed start and exits with 1', async () => {
    const service = await run(`throw new Error('no such stream');`);
    expect(await service.exited).toEqual([1, null]);
    expect(service.log()).toContain('no such stream');
    expect(service.messages).toEqual([]);
  });

  it('names a variable that is not valid', async () => {
    const service = await run(STAYS, { MEMLANE_PARTITIONS: 'many' });
    expect(await service.exited).toEqual([1, null]);
    expect(service.log()).toContain('MEMLANE_PARTITIONS');
  });

  it('ends with 1 and a log line when a promise is rejected unseen', async () => {
    const service = await run(
      `setTimeout(() => void Promise.reject(new Error('unseen')), 10); ${STAYS} return { stop: async () => undefined };`,
    );
    expect(await service.exited).toEqual([1, null]);
    expect(service.log()).toContain('unseen');
  });
});

describe('tracing', () => {
  it('sends the last spans to a collector before the process ends', async () => {
    const bodies: string[] = [];
    const collector = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        bodies.push((request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString());
        response.setHeader('content-type', 'application/json').end('{}');
      });
    });
    servers.push(collector);
    await once(collector.listen(0, '127.0.0.1'), 'listening');
    const { port } = collector.address() as AddressInfo;
    const service = await run(
      `await withSpan('outer', {}, () => withSpan('inner', {}, () => undefined));
       ${STAYS} return { stop: async () => undefined };`,
      { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` },
    );
    await vi.waitFor(() => expect(service.messages).toEqual([{ ready: true }]), 10_000);
    service.child.kill('SIGTERM');
    expect(await service.exited).toEqual([0, null]);
    const sent = bodies.join('');
    expect(sent).toContain('"name":"outer"');
    expect(sent).toContain('"name":"inner"');
    expect(sent).toContain('memlane-probe');
  });

  it('does not even load the SDK without an endpoint', async () => {
    const service = await run(
      `
       const { createRequire } = await import('node:module');
       const cache = Object.keys(createRequire(import.meta.url).cache ?? {});
       log.info({ sdk: cache.some((file) => file.includes('sdk-trace-node')) }, 'looked');
       ${STAYS} return { stop: async () => undefined };`,
    );
    await vi.waitFor(() => expect(service.log()).toContain('"msg":"looked"'), 10_000);
    expect(service.log()).toContain('"sdk":false');
  });
});
