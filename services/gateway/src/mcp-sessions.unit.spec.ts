import type { Credential } from '@memlane/auth';
import { McpServer, type WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import { afterEach, describe, expect, it } from 'vitest';
import { keepMcpSessions, type McpSessions } from './mcp-sessions.js';

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '0' } },
};

function credentialOf(owner: string, actor = `key of ${owner}`): Credential {
  return { owner, actor, client: 'test', scopes: ['memory:read'] };
}

describe('the MCP sessions', () => {
  let sessions: McpSessions;
  afterEach(() => sessions.close());

  /** Begins a session as a client does, and gives its id. */
  async function begin(credential: Credential): Promise<string> {
    const transport = await sessions.open(credential, new McpServer({ name: 'test', version: '0' }));
    const response = await transport.handleRequest(
      new Request('http://localhost/mcp', {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      }),
      { parsedBody: initialize },
    );
    await response.text();
    return response.headers.get('mcp-session-id') ?? '';
  }
  function find(id: string, credential: Credential): WebStandardStreamableHTTPServerTransport | undefined {
    return sessions.find(id, credential);
  }

  it('are found by the key that began them only, also not by another key of the same owner', async () => {
    sessions = keepMcpSessions();
    const id = await begin(credentialOf('ann'));
    expect(id).not.toBe('');
    expect(find(id, credentialOf('ann'))).toBeDefined();
    expect(find(id, credentialOf('bob'))).toBeUndefined();
    expect(find(id, credentialOf('ann', 'another key'))).toBeUndefined();
    expect(find('unknown', credentialOf('ann'))).toBeUndefined();
  });

  it('of one key push out that key’s oldest, never those of others', async () => {
    sessions = keepMcpSessions({ max: 10, perKey: 2, idleMs: 60_000 });
    const bobs = await begin(credentialOf('bob'));
    const anns: string[] = [];
    for (let count = 0; count < 4; count += 1) anns.push(await begin(credentialOf('ann')));
    expect(anns.map((id) => find(id, credentialOf('ann')) !== undefined)).toEqual([false, false, true, true]);
    expect(find(bobs, credentialOf('bob'))).toBeDefined();
    expect(sessions.size).toBe(3);
  });

  it('are bounded in all, the one that was idle the longest goes first', async () => {
    sessions = keepMcpSessions({ max: 2, perKey: 10, idleMs: 60_000 });
    const [a, b] = [await begin(credentialOf('a')), await begin(credentialOf('b'))];
    find(a, credentialOf('a'));
    await begin(credentialOf('c'));
    expect([find(a, credentialOf('a')), find(b, credentialOf('b'))].map((found) => found !== undefined)).toEqual([
      true,
      false,
    ]);
  });

  it('are closed when they have been pushed out', async () => {
    sessions = keepMcpSessions({ max: 10, perKey: 1, idleMs: 60_000 });
    const first = await begin(credentialOf('ann'));
    let closed = false;
    const transport = find(first, credentialOf('ann'));
    if (transport) transport.onclose = () => (closed = true);
    await begin(credentialOf('ann'));
    expect(closed).toBe(true);
  });
});
