import { modelDir } from '@memlane/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { limit } from '@memlane/contracts';
import { loadLocalModel, type Model } from './local-model.js';

let model: Model;
beforeAll(async () => {
  model = await loadLocalModel(await modelDir());
});
afterAll(() => model.close());

const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, d) => sum + value * (b[d] ?? 0), 0);

test('ranks paraphrases above unrelated texts', async () => {
  const pairs = [
    ['How do I restart the server?', 'Steps to reboot the machine'],
    ['Anna is allergic to peanuts', 'Anna cannot eat nuts'],
    ['We deploy on Fridays', 'Releases happen at the end of the work week'],
    ['The cat sleeps on the sofa', 'A kitten is napping on the couch'],
  ] as const;
  const left = await model.embed(
    pairs.map(([text]) => text),
    'query',
  );
  const right = await model.embed(
    pairs.map(([, text]) => text),
    'passage',
  );
  left.forEach((vector, i) => {
    const ranked = right.map((other, j) => ({ j, score: cosine(vector, other) })).sort((a, b) => b.score - a.score);
    expect(ranked[0]?.j).toBe(i);
  });
});

test('gives the same vector alone and in a batch, of length 1', async () => {
  const texts = ['short', 'a text of some more words than the first', 'x '.repeat(400), ''];
  const together = await model.embed(texts, 'passage');
  for (const [i, text] of texts.entries()) {
    const [alone] = await model.embed([text], 'passage');
    expect(alone).toHaveLength(model.dimensions);
    const difference = Math.max(...(alone ?? []).map((value, d) => Math.abs(value - (together[i]?.[d] ?? 0))));
    expect(difference).toBeLessThanOrEqual(1e-6);
    expect(cosine(alone ?? new Float32Array(), alone ?? new Float32Array())).toBeCloseTo(1, 5);
  }
});

test('sees the end of a long text only in pieces', async () => {
  const filler = 'The meeting went on about the budget for the next quarter. '.repeat(60);
  const text = `${filler}Our secret ingredient is cardamom.`;
  const pieces = model.splitIntoPieces(text);
  expect(pieces.length).toBeGreaterThan(2);
  const [query] = await model.embed(['Which spice do we use?'], 'query');
  const whole = await model.embed([text], 'passage');
  const parts = await model.embed(pieces, 'passage');
  const scores = [whole[0], ...parts].map((vector) =>
    cosine(query ?? vector ?? new Float32Array(), vector ?? new Float32Array()),
  );
  expect(Math.max(...scores.slice(1))).toBeGreaterThan((scores[0] ?? 1) + 0.05);
});

test('bounds the pieces of the largest memory, whatever it is made of', () => {
  const size = limit('content_bytes');
  for (const text of ['word '.repeat(size / 5), '!'.repeat(size), '記'.repeat(size / 3), 'a'.repeat(size)]) {
    expect(model.splitIntoPieces(text).length).toBeLessThanOrEqual(limit('pieces_per_memory'));
  }
});
