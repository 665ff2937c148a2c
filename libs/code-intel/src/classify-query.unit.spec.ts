import { describe, expect, it } from 'vitest';
import { classifyQuery, namesInQuery } from './classify-query.js';

describe('classifyQuery', () => {
  it.each([
    ['ZodType', 'symbol', ['ZodType']],
    ['Sinatra::Base', 'symbol', ['Base']],
    ['app.handle()', 'symbol', ['handle']],
    ['snake_case', 'symbol', ['snake_case']],
    ['#close', 'symbol', ['close']],
    ['Mux', 'symbol', ['Mux']],
    ['where is the retry back-off decided?', 'natural', []],
    ['session', 'natural', []],
    ['who calls parseToken?', 'mixed', ['parseToken']],
    ['how does app.use() mount middleware', 'mixed', ['use']],
    ['WebSocket upgrade with OAuth', 'natural', []],
    ['', 'natural', []],
  ] as const)('takes "%s" for %s', (query, kind, names) => {
    expect(classifyQuery(query)).toBe(kind);
    expect(namesInQuery(query)).toEqual(names);
  });
});
