import { Client, StreamableHTTPClientTransport, type ClientOptions } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { startSystem, tempDir, type RunningSystem } from '@memlane/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installConformanceTools, type ConformanceTools } from './tools.js';

const INSTALL_MS = 300_000;

/** What every kind of client is asked to do. */
interface ToolCaller {
  readonly call: (tool: string, args: Record<string, unknown>) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

describe('other people’s clients', () => {
  let system: RunningSystem;
  let tools: ConformanceTools;

  beforeAll(async () => {
    [system, tools] = await Promise.all([startSystem(), installConformanceTools()]);
  }, INSTALL_MS);
  afterAll(async () => {
    await system.stop();
  });

  const client = { name: 'memlane-test', version: '0' };
  const withKey = () => ({ requestInit: { headers: { authorization: `Bearer ${system.key}` } } });

  async function connectV1(): Promise<ToolCaller> {
    const v1 = new ClientV1(client);
    await v1.connect(new TransportV1(new URL(system.url), withKey()));
    // The client checks structured content against the output schemas that it has listed.
    await v1.listTools();
    return {
      call: async (name, args) => (await v1.callTool({ name, arguments: args })).structuredContent,
      close: () => v1.close(),
    };
  }

  async function connectV2(options: ClientOptions): Promise<ToolCaller> {
    const v2 = new Client(client, options);
    await v2.connect(new StreamableHTTPClientTransport(new URL(system.url), withKey()));
    await v2.listTools();
    return {
      call: async (name, args) => (await v2.callTool({ name, arguments: args })).structuredContent,
      close: () => v2.close(),
    };
  }

  async function openInspector(era: 'legacy' | 'modern'): Promise<ToolCaller> {
    const cwd = await tempDir();
    const key = `Authorization: Bearer ${system.key}`;
    return {
      call: async (name, args) => {
        const what = ['--method', 'tools/call', '--tool-name', name, '--tool-args-json', JSON.stringify(args)];
        const how = ['--cli', system.url, '--protocol-era', era, '--header', key, '--format', 'json', '-q'];
        const { code, output } = await tools.run('mcp-inspector', [...how, ...what], cwd);
        expect(code, output).toBe(0);
        return structuredContentIn(JSON.parse(output));
      },
      close: () => Promise.resolve(),
    };
  }

  const callers: [string, () => Promise<ToolCaller>][] = [
    ['the SDK v1 client', connectV1],
    ['the SDK v2 client as it comes (2025 revisions)', () => connectV2({})],
    ['the SDK v2 client that negotiates', () => connectV2({ versionNegotiation: { mode: 'auto' } })],
    ['the SDK v2 client of 2026-07-28', () => connectV2({ versionNegotiation: { mode: { pin: '2026-07-28' } } })],
    ['the inspector in the 2025 revisions', () => openInspector('legacy')],
    ['the inspector in 2026-07-28', () => openInspector('modern')],
  ];

  it.each(callers)('%s stores a memory and finds it', async (name, connect) => {
    const caller = await connect();
    const content = `The lighthouse keeper was visited by ${name}`;
    const stored = await caller.call('store_memory', { content, tags: ['lighthouse'] });
    expect(stored).toMatchObject({ created: true, version: 1 });
    const found = await caller.call('search_memories', { query: `who visited the lighthouse: ${name}`, limit: 20 });
    expect(found).toMatchObject({ legs: { text: 'ok' } });
    const { memories } = found as { memories: { content: string }[] };
    expect(memories.map((memory) => memory.content)).toContain(content);
    await caller.close();
  });

  it('the inspector finds nothing wrong with the tool schemas', async () => {
    const key = `Authorization: Bearer ${system.key}`;
    const args = ['--cli', system.url, '--header', key, '--method', 'tools/list', '--strict'];
    const { code, output } = await tools.run('mcp-inspector', args, await tempDir());
    expect(code, output).toBe(0);
  });
});

/** The inspector prints the result, wrapped or not as its version likes. */
function structuredContentIn(printed: unknown): unknown {
  const { result = printed } = printed as { result?: unknown };
  return (result as { structuredContent?: unknown }).structuredContent;
}
