import { tools } from '@memlane/contracts';
import { describe, expect, it } from 'vitest';
import { instructions } from './instructions.js';
import { getPrompt, promptList } from './prompts.js';
import { toolList, toolsOf } from './tool-list.js';

describe('the tool list', () => {
  it('has every tool of the contract, in its order, with title and schemas', () => {
    expect(toolList.map(({ name }) => name)).toEqual(Object.keys(tools));
    for (const tool of toolList) {
      expect(tool.title).toBeTruthy();
      expect(tool.inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(tool.outputSchema).toMatchObject({ type: 'object' });
      expect(tool.annotations?.openWorldHint).toBe(false);
    }
  });

  it('says truthfully what a tool may do to what is there', () => {
    const namesWith = (hint: 'readOnlyHint' | 'destructiveHint') =>
      toolList.filter(({ annotations }) => annotations?.[hint] === true).map(({ name }) => name);
    expect(namesWith('readOnlyHint')).toEqual([
      ...['search_memories', 'get_memory', 'list_memories', 'memory_overview', 'list_shares', 'list_repositories'],
      ...['search_code', 'find_symbol', 'read_code', 'repo_map'],
    ]);
    expect(namesWith('destructiveHint')).toEqual(['update_memory', 'delete_memories', 'remove_repository', 'jobs']);
    // Each with the same key, or of itself.
    expect(toolList.filter(({ annotations }) => annotations?.idempotentHint !== true)).toEqual([]);
  });

  it('tells the limits, and spares the agent what says nothing', () => {
    const text = JSON.stringify(toolList);
    expect(text).toContain('"maxItems":100');
    expect(text).toContain('"format":"date-time"');
    for (const noise of ['"pattern"', '$schema', String(Number.MAX_SAFE_INTEGER)]) expect(text).not.toContain(noise);
    expect(text.length / toolList.length).toBeLessThan(2_400);
  });

  it('has for each of many memories what it has for one', () => {
    const inputOf = (name: string) => toolList.find((tool) => tool.name === name)?.inputSchema.properties;
    const ofTheCall = ['idempotency_key', 'space'];
    const fields = Object.entries(inputOf('store_memory') ?? {}).filter(([field]) => !ofTheCall.includes(field));
    expect(inputOf('store_memories')?.['memories']).toMatchObject({
      minItems: 1,
      maxItems: 100,
      items: {
        type: 'object',
        properties: Object.fromEntries(fields),
        required: ['content'],
        additionalProperties: false,
      },
    });
  });

  it('shows a key the tools that it may call, and who can gain scopes all of them', () => {
    const credential = { owner: 'ann', actor: 'k', client: 'test', scopes: ['memory:read'] } as const;
    const shown = toolsOf({ credential }).map(({ name }) => name);
    expect(shown).toEqual(['search_memories', 'get_memory', 'list_memories', 'memory_overview', 'list_shares']);
    expect(toolsOf({ credential, canGainScopes: true })).toEqual(toolList);
  });

  it('names one type at a time, as every client understands it', () => {
    expect(JSON.stringify(toolList)).not.toContain('"type":[');
    const { type } = toolList.find(({ name }) => name === 'update_memory')?.inputSchema.properties ?? {};
    expect(type).toMatchObject({ anyOf: [{ type: 'string' }, { type: 'null' }] });
  });

  it('makes optional what has a default', () => {
    const search = toolList.find(({ name }) => name === 'search_memories');
    expect(search?.inputSchema.required).toEqual(['query']);
  });
});

describe('the prompts', () => {
  it('answer with their topic', () => {
    for (const { name } of promptList) {
      const { messages } = getPrompt(name, { topic: 'the harbour project' });
      expect(JSON.stringify(messages)).toContain('the harbour project');
    }
  });

  it('refuse an unknown name, an unknown argument and a topic that is missing or too long', () => {
    expect(() => getPrompt('nope', {})).toThrow(/no prompt/);
    expect(() => getPrompt('__proto__', {})).toThrow(/no prompt/);
    expect(() => getPrompt('recall', { topic: 'x', other: 'y' })).toThrow(/other/);
    expect(() => getPrompt('recall', {})).toThrow(/topic/);
    expect(() => getPrompt('recall', { topic: 'x'.repeat(5_000) })).toThrow(/topic/);
  });
});

describe('the instructions', () => {
  it('name only tools that exist, and fit into few tokens', () => {
    for (const [name] of instructions.matchAll(/\b[a-z]+_memor(?:y|ies)\b/g))
      expect(Object.keys(tools)).toContain(name);
    expect(instructions.length).toBeLessThan(2_000);
  });
});
