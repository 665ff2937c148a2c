import { limit } from '@memlane/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchPhrase } from './match-expression.js';
import { queryWords, splitWords } from './query-words.js';
import { certainWords } from './whole-words.js';
import { describeMemory, embeddingText, windowText } from './window-text.js';

describe('queryWords', () => {
  it('leaves out stop words and repetitions', () => {
    expect(queryWords('What did Caroline do about the Adoption of adoption?')).toEqual(['caroline', 'adoption']);
  });

  it('keeps stop words when nothing else remains', () => {
    expect(queryWords('where are you now')).toEqual(['where', 'are', 'you', 'now']);
  });

  it('never gives more than the limit', () => {
    const many = Array.from({ length: 500 }, (_, index) => `word${index}`).join(' ');
    expect(queryWords(many)).toHaveLength(limit('query_terms'));
  });

  it('has no words for text without any', () => {
    expect(queryWords('"* () -- ^')).toEqual([]);
    expect(queryWords('***')).toEqual([]);
    expect(matchPhrase('o1', splitWords('***'))).toBeUndefined();
  });

  it('keeps letters of any script, with their marks', () => {
    expect(queryWords('Größe naïve 数据库 हिन्दी')).toEqual(['größe', 'naïve', '数据库', 'हिन्दी']);
  });
});

describe('certainWords', () => {
  it.each([
    ['gres is slow in', 'is slow'],
    ['postgres', ''],
    ['two words', ''],
    [' postgres ', 'postgres'],
    ['(retry) twice', 'retry)'],
  ])('of "%s" are "%s"', (literal, expected) => {
    expect(certainWords(literal)).toBe(expected);
  });

  it('are whole words of every text that contains the literal', () => {
    const piece = fc.stringMatching(/^[ab .]{0,8}$/);
    fc.assert(
      fc.property(piece, piece, piece, (before, literal, after) => {
        const text = ` ${splitWords(before + literal + after).join(' ')} `;
        const words = splitWords(certainWords(literal));
        expect(text).toContain(words.length > 0 ? ` ${words.join(' ')} ` : '');
      }),
    );
  });
});

describe('windowText', () => {
  it('says who spoke and what the picture shows', () => {
    const turn = { content: 'Look at this!', metadata: { speaker: 'Melanie', caption: 'a sunrise' } };
    expect(describeMemory(turn)).toBe('Melanie: Look at this! [shares a photo of a sunrise]');
    expect(describeMemory({ content: 'plain', metadata: { speaker: 7 } })).toBe('plain');
  });

  it('has 200 characters of each neighbour', () => {
    expect(windowText('x'.repeat(300), 'own', 'y'.repeat(300))).toBe(`${'x'.repeat(200)}\nown\n${'y'.repeat(200)}`);
    expect(embeddingText('before', 'own')).toBe('before\nown');
    expect(windowText(undefined, 'own', undefined)).toBe('own');
  });

  it('never leaves half a surrogate pair', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.string({ unit: 'grapheme' }), (near, own) => {
        expect(windowText(`😀${near}`, own, `${near}😀`).isWellFormed()).toBe(true);
      }),
    );
  });
});
