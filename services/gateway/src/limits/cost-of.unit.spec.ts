import type { ToolName } from '@memlane/contracts';
import { describe, expect, it } from 'vitest';
import { contentBytesOf, costOf, storedBytesOf } from './cost-of.js';

const rate = 'memory_operations_per_minute';
const large = { content: 'x'.repeat(65_536) };

const costOfCall = (name: ToolName, input: unknown) => costOf(name, contentBytesOf(name, input));

describe('the cost of a call', () => {
  it('is one for a call of a memory tool', () => {
    expect(costOfCall('search_memories', { query: 'x' })).toEqual({ rate, cost: 1 });
    expect(costOfCall('store_memory', large)).toEqual({ rate, cost: 1 });
    expect(costOfCall('store_memories', { memories: [{ content: 'a' }, { content: 7 }] })).toEqual({ rate, cost: 1 });
  });

  it('is a place only for a tool of code', () => {
    expect(costOfCall('sync_repository', { source: '/x' })).toEqual({ cost: 1 });
    expect(costOfCall('search_code', { query: 'x' })).toEqual({ cost: 1 });
  });

  it('grows with what many memories bring at once', () => {
    expect(costOfCall('store_memories', { memories: Array(4).fill(large) })).toEqual({ rate, cost: 1 });
    expect(costOfCall('store_memories', { memories: Array(100).fill(large) })).toEqual({ rate, cost: 25 });
  });

  it('counts bytes, not characters', () => {
    expect(contentBytesOf('update_memory', { content: 'ä' })).toBe(2);
    expect(contentBytesOf('delete_memories', { ids: ['a'] })).toBe(0);
  });
});

describe('what a call adds to the stored bytes', () => {
  const memory = { content: 'ä', type: 'note', conversation_id: 'talk', tags: ['a', 'b'], metadata: { k: 1 } };
  const bytes = 2 + 4 + 4 + '["a","b"]'.length + '{"k":1}'.length;

  it('is all that is kept of its memories', () => {
    expect(storedBytesOf('store_memory', memory)).toBe(bytes);
    expect(storedBytesOf('store_memories', { memories: [memory, { content: 7 }, memory] })).toBe(2 * bytes);
    expect(storedBytesOf('update_memory', { id: 'a', tags: ['a', 'b'] })).toBe('["a","b"]'.length);
  });

  it('is nothing for a call that brings no memory', () => {
    expect(storedBytesOf('search_memories', { query: 'x', tags: ['a'] })).toBe(0);
    expect(storedBytesOf('delete_memories', { tags: ['a'] })).toBe(0);
  });
});
