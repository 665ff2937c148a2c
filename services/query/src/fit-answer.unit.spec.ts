import { limit } from '@memlane/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitAnswer } from './fit-answer.js';

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('what fits into an answer', () => {
  it('is the beginning of a list, as long as its JSON is within the limit, and never less than one', () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 2_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(texts, fc.string({ unit: 'binary' }), fc.integer({ min: 5_000, max: 12_000 }), (all, beside, max) => {
        const items = fitAnswer(all, beside, max);
        expect(items).toEqual(all.slice(0, Math.max(1, items.length)));
        if (items.length > 1) expect(bytesOf({ items, beside })).toBeLessThan(max);
        const next = all[items.length];
        if (next !== undefined) expect(bytesOf([...items, next]) + bytesOf(beside)).toBeGreaterThan(max - 4_096);
      }),
    );
  });

  it('is two memories at least, whatever they consist of', () => {
    const control = '\u0001';
    const memory = {
      content: control.repeat(limit('content_bytes')),
      metadata: { k: 'x'.repeat(limit('metadata_bytes') - 8) },
      tags: Array.from({ length: limit('tags_count') }, () => control.repeat(limit('tag_chars'))),
      type: control.repeat(limit('type_chars')),
      conversation_id: control.repeat(limit('conversation_id_chars')),
    };
    expect(fitAnswer([memory, memory, memory])).toHaveLength(2);
  });
});
