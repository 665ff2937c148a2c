import { expect, test } from 'vitest';
import { createQueryCache } from './query-cache.js';

test('has for one owner nothing of what another has searched for', () => {
  const cache = createQueryCache();
  cache.set('ann', 'where is the key?', Float32Array.of(1));
  expect(cache.get('ann', 'where is the key?')).toEqual(Float32Array.of(1));
  expect(cache.get('bob', 'where is the key?')).toBeUndefined();
});

test('forgets the oldest when it is full', () => {
  const cache = createQueryCache(1_000);
  for (let n = 0; n < 100; n += 1) cache.set('ann', `query ${n}`, Float32Array.of(n));
  expect(cache.get('ann', 'query 0')).toBeUndefined();
  expect(cache.get('ann', 'query 99')).toEqual(Float32Array.of(99));
});
