import type { RunningSystem } from '@memlane/testkit';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

/** A real MCP client of a user, with a key of its own. @param scopes default: those of any key */
export async function connectClient(system: RunningSystem, owner: string, scopes?: readonly string[]): Promise<Client> {
  const key = await system.createKey(owner, scopes);
  const client = new Client({ name: 'memlane-test', version: '0' });
  const requestInit = { headers: { authorization: `Bearer ${key}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(system.url), { requestInit }));
  await client.listTools();
  return client;
}
