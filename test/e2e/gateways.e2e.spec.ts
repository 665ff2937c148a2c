import { startSystem, type RunningSystem } from '@memlane/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

// Two gateways share the port and take connections in turn, so that every request here, on a connection of its own,
// goes to another gateway than the one before.

let system: RunningSystem;

beforeAll(async () => {
  system = await startSystem({ env: { MEMLANE_GATEWAYS: '2', MEMLANE_QUERIES: '2' } });
});

afterAll(() => system.stop());

interface Answer {
  readonly status: number;
  readonly session: string | undefined;
  readonly result: { readonly structuredContent?: Record<string, unknown> };
}

async function post(body: Record<string, unknown>, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(system.url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${system.key}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      connection: 'close',
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', ...body }),
  });
  const text = await response.text();
  const json = text.startsWith('{') ? text : (text.match(/^data: (\{.*)$/m)?.[1] ?? '{}');
  const session = response.headers.get('mcp-session-id') ?? undefined;
  return { status: response.status, session, result: (JSON.parse(json) as Answer).result };
}

const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '0' } };

async function beginSession(): Promise<Record<string, string>> {
  const { session = '' } = await post({ id: 1, method: 'initialize', params });
  const headers = { 'mcp-session-id': session, 'mcp-protocol-version': '2025-06-18' };
  await post({ method: 'notifications/initialized' }, headers);
  return headers;
}

function call(name: string, args: Record<string, unknown>, headers: Record<string, string>): Promise<Answer> {
  return post({ id: 2, method: 'tools/call', params: { name, arguments: args } }, headers);
}

describe('with two gateways on one port', () => {
  test('every read of a session sees the write before it, at the other gateway', async () => {
    const session = await beginSession();
    for (let n = 0; n < 25; n += 1) {
      const stored = await call('store_memory', { content: `through one gateway, number ${n}` }, session);
      const id = stored.result.structuredContent?.['id'];
      const listed = await call('list_memories', { limit: 1 }, session);
      expect(listed.result.structuredContent).toMatchObject({ behind: 0, memories: [{ id }] });
    }
  });

  test('a session goes on when the gateway that began it was killed', async () => {
    const session = await beginSession();
    for (const part of ['gateway', 'gateway-2'] as const) {
      const before = await system.pidOf(part);
      await system.kill9(part);
      // Connections are handed to it until its end is known, and cut off; a client asks again.
      await vi.waitFor(() => expect(() => process.kill(before, 0)).toThrow('ESRCH'), { timeout: 10_000 });
      const overview = () => call('memory_overview', {}, session);
      const answer = await vi.waitFor(overview, { timeout: 10_000, interval: 20 });
      expect(answer.result.structuredContent).toHaveProperty('memories');
      for (let n = 0; n < 4; n += 1) expect((await overview()).status).toBe(200);
      await expect.poll(() => system.pidOf(part).catch(() => before), { timeout: 30_000 }).not.toBe(before);
    }
  });
});
