import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkMemories, cutMemories } from './cut-memories.js';

describe('the memories of one call', () => {
  it('are checked one by one, and a bad one is named by its place', () => {
    const { valid, refused } = checkMemories([
      { content: 'good' },
      { content: '' },
      { content: 'x', colour: 'red' },
      'text',
      { content: 'also good', tags: ['a'] },
    ]);
    expect(valid.map(({ index }) => index)).toEqual([0, 4]);
    expect(refused.map(({ error }) => error.field)).toEqual([
      'memories[1].content',
      'memories[2].colour',
      'memories[3]',
    ]);
    expect(refused.every(({ error }) => error.code === 'MEMLANE_ERR_INVALID_INPUT')).toBe(true);
  });

  it('are cut in order, lose nothing and keep to the size, but for a memory that is larger by itself', () => {
    const contents = fc.array(fc.string({ minLength: 1, maxLength: 300 }), { maxLength: 40 });
    fc.assert(
      fc.property(contents, fc.integer({ min: 64, max: 512 }), (texts, maxBytes) => {
        const items = texts.map((content, index) => ({ index, memory: { content } }));
        const parts = cutMemories(items, maxBytes);
        expect(parts.flat()).toEqual(items);
        for (const part of parts) {
          const size = part.reduce((sum, item) => sum + Buffer.byteLength(JSON.stringify(item)) + 1, 0);
          expect(part.length === 1 || size <= maxBytes).toBe(true);
        }
      }),
    );
  });
});
