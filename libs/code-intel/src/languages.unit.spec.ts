import { describe, expect, it } from 'vitest';
import { languageOf, languages } from './languages.js';

describe('languageOf', () => {
  it.each([
    ['src/a.test.ts', '', 'typescript'],
    ['A.TSX', '', 'tsx'],
    ['Makefile', '', 'make'],
    ['bin/run', '#!/usr/bin/env -S node --no-warnings', 'javascript'],
    ['bin/run', '#!/bin/sh', 'bash'],
    ['bin/run', '#!/usr/bin/python3.12 -u', 'python'],
    ['bin/run', '#!/opt/unheard-of', 'text'],
    ['LICENSE', 'Apache License', 'text'],
    ['.ts', '', 'typescript'],
    ['dir.py/none', '', 'text'],
    ['x.__proto__', '', 'text'],
  ])('of %s with first line "%s" is %s', (path, firstLine, expected) => {
    expect(languageOf(path, firstLine)).toBe(expected);
  });
});

describe('the table of languages', () => {
  it('gives every name, ending, file name and interpreter to one language only', () => {
    for (const field of ['extensions', 'filenames', 'interpreters'] as const) {
      const all = languages.flatMap((language) => language[field] ?? []);
      expect(all.filter((value, index) => all.indexOf(value) !== index)).toEqual([]);
    }
    expect(new Set(languages.map(({ name }) => name)).size).toBe(languages.length);
  });

  it('has a grammar for at least twenty of them', () => {
    expect(languages.filter(({ grammar }) => grammar !== undefined).length).toBeGreaterThanOrEqual(20);
  });
});
