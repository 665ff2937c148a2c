import type { Credential } from '@memlane/auth';
import { McpServer, type WebStandardStreamableHTTPServerTransport as Transport } from '@modelcontextprotocol/server';
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { keepMcpSessions, type McpSessions, type SessionSettings } from './mcp-sessions.js';

const secret = randomBytes(32);
const kept: McpSessions[] = [];

afterEach(async () => {
  for (const sessions of kept.splice(0)) await sessions.close();
});

function keep(settings: Partial<SessionSettings> = {}): McpSessions {
  const sessions = keepMcpSessions({ secret, ...settings });
  kept.push(sessions);
  return sessions;
}

function credentialOf(owner: string, actor = `key of ${owner}`): Credential {
  return { owner, actor, client: 'test', scopes: ['memory:read'] };
}

const makeServer = () => new McpServer({ name: 'test', version: '0' });

function send(transport: Transport | undefined, method: string, body?: unknown, id?: string): Promise<Response> {
  if (!transport) throw new Error('no session');
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...(id === undefined ? {} : { 'mcp-session-id': id }),
  };
  const request = new Request('http://localhost/mcp', { method, headers });
  return transport.handleRequest(request, body === undefined ? {} : { parsedBody: body });
}

/** Begins a session as a client does. */
async function begin(sessions: McpSessions, credential: Credential): Promise<{ id: string; transport: Transport }> {
  const transport = await sessions.open(credential, makeServer(), '2025-06-18');
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '0' } };
  const response = await send(transport, 'POST', { jsonrpc: '2.0', id: 1, method: 'initialize', params });
  await response.text();
  return { id: response.headers.get('mcp-session-id') ?? '', transport };
}

const ping = { jsonrpc: '2.0', id: 2, method: 'ping' };

describe('the MCP sessions', () => {
  it('are found by the key that began them only, also not by another key of the same owner', async () => {
    const sessions = keep();
    const { id, transport } = await begin(sessions, credentialOf('ann'));
    expect(await sessions.find(id, credentialOf('ann'), makeServer)).toBe(transport);
    expect(await sessions.find(id, credentialOf('bob'), makeServer)).toBeUndefined();
    expect(await sessions.find(id, credentialOf('ann', 'another key'), makeServer)).toBeUndefined();
    expect(await sessions.find('unknown', credentialOf('ann'), makeServer)).toBeUndefined();
  });

  it('of one key push out that key’s oldest, never those of others', async () => {
    const sessions = keep({ max: 10, perKey: 2 });
    const closed: string[] = [];
    const beginWatched = async (owner: string, name: string) => {
      const { transport } = await begin(sessions, credentialOf(owner));
      transport.onclose = () => closed.push(name);
    };
    await beginWatched('bob', 'bob 1');
    for (const name of ['ann 1', 'ann 2', 'ann 3', 'ann 4']) await beginWatched('ann', name);
    expect(closed).toEqual(['ann 1', 'ann 2']);
    expect(sessions.size).toBe(3);
  });

  it('are bounded in all, the one that was idle the longest is closed first', async () => {
    const sessions = keep({ max: 2 });
    const [a, b] = [await begin(sessions, credentialOf('a')), await begin(sessions, credentialOf('b'))];
    const closed: string[] = [];
    a.transport.onclose = () => closed.push('a');
    b.transport.onclose = () => closed.push('b');
    await sessions.find(a.id, credentialOf('a'), makeServer);
    await begin(sessions, credentialOf('c'));
    expect(closed).toEqual(['b']);
  });

  it('go on where they were not begun, for any number of requests at once', async () => {
    const { id } = await begin(keep(), credentialOf('ann'));
    const elsewhere = keep();
    const found = await Promise.all(
      Array.from({ length: 5 }, () => elsewhere.find(id, credentialOf('ann'), makeServer)),
    );
    expect(new Set(found).size).toBe(1);
    expect(elsewhere.size).toBe(1);
    const answer = await send(found[0], 'POST', ping, id);
    expect([answer.status, answer.headers.get('mcp-session-id')]).toEqual([200, id]);
    expect(await answer.text()).toContain('"result":{}');
    expect(await elsewhere.find(id, credentialOf('bob'), makeServer)).toBeUndefined();
  });

  it('that a client has ended do not go on anywhere', async () => {
    const ended: string[] = [];
    const [one, other] = [keep({ onEnd: (id) => ended.push(id) }), keep()];
    const { id, transport } = await begin(one, credentialOf('ann'));
    await other.find(id, credentialOf('ann'), makeServer);
    expect((await send(transport, 'DELETE', undefined, id)).status).toBe(200);
    expect(ended).toEqual([id]);
    other.end(id);
    for (const sessions of [one, other])
      expect(await sessions.find(id, credentialOf('ann'), makeServer)).toBeUndefined();
  });
});
