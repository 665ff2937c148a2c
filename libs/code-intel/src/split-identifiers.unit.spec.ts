import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identifierParts, splitIdentifiers } from './split-identifiers.js';

describe('identifierParts', () => {
  it.each([
    ['parseHTTPRequest_v2', 'parse http request v 2'],
    ['XMLHttpRequest', 'xml http request'],
    ['MAX_RETRIES', 'max retries'],
    ['utf8', 'utf 8'],
    ['__init__', 'init'],
    ['$scope', 'scope'],
    ['größeÄndern', 'größe ändern'],
    ['数据库', '数据库'],
  ])('of %s are "%s"', (identifier, parts) => {
    expect(identifierParts(identifier).join(' ')).toBe(parts);
  });
});

describe('splitIdentifiers', () => {
  it('keeps a compound beside its parts', () => {
    expect(splitIdentifiers('return parseToken(x, my-kebab, snake_case);')).toBe(
      'return parsetoken parse token x mykebab my kebab snakecase snake case',
    );
  });

  it('loses no letter and no digit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        const words = splitIdentifiers(text);
        for (const [char] of text.matchAll(/[\p{L}\p{N}]/gu)) expect(words).toContain(char.toLowerCase());
      }),
    );
  });

  it('splits the same, whether or not the text has letters beyond ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 60 }), (text) => {
        expect(splitIdentifiers(`ß ${text}`)).toBe(`ß ${splitIdentifiers(text)}`.trimEnd());
      }),
    );
  });

  it('reads a long line of one kind in time that grows with its length', () => {
    expect(splitIdentifiers('a-'.repeat(50_000)).length).toBeGreaterThan(50_000);
    expect(splitIdentifiers('_'.repeat(200_000))).toBe('');
  });
});
