import { expect, test } from 'vitest';
import { limit } from '@memlane/contracts';
import { decodeAnswer, encodeEmbedding, encodeRefusal } from './answer.js';
import { cutRequest } from './embed-remotely.js';

test('reads back the vectors that were written', () => {
  const embedding = { model: 'm@1', vectors: [Float32Array.of(1, -0.5), Float32Array.of(0, 2)], pieces: [2] };
  expect(decodeAnswer(encodeEmbedding(embedding))).toEqual(embedding);
  const none = { model: 'm@1', vectors: [], pieces: [] };
  expect(decodeAnswer(encodeEmbedding(none))).toEqual(none);
});

test('tells off, overloaded and unavailable apart', () => {
  expect(decodeAnswer(encodeRefusal('MEMLANE_ERR_UNAVAILABLE', 'off'))).toBe('off');
  expect(decodeAnswer(encodeRefusal('MEMLANE_ERR_OVERLOADED'))).toBe('overloaded');
  expect(decodeAnswer(encodeRefusal('MEMLANE_ERR_INTERNAL'))).toBe('unavailable');
});

test('cuts a large request by number and by size, in order', () => {
  const many = Array.from({ length: 150 }, (_, i) => String(i));
  const cut = cutRequest(many);
  expect(cut.flat()).toEqual(many);
  expect(Math.max(...cut.map((texts) => texts.length))).toBe(limit('embed_texts_per_request'));
  expect(cutRequest(['x'.repeat(60_000), 'y'.repeat(60_000)])).toHaveLength(2);
});
