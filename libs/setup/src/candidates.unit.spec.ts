import { expect, test } from 'vitest';
import { PartUnavailableError, skip, takeFirst } from './candidates.js';

const silent = () => undefined;
const found = (value: string) => ({ name: value, find: async () => ({ found: value, detail: 'here' }) });
const missing = (name: string, reason: string) => ({
  name,
  find: async () => {
    throw new Error(reason);
  },
});

test('the first candidate that can be had is taken', async () => {
  const none = { name: 'unset variable', find: async () => skip };
  expect(await takeFirst('part', [none, missing('a', 'gone'), found('b'), found('c')], 'remedy', silent)).toBe('b');
});

test('when there is none, the error says what was tried and what to do', async () => {
  const candidates = [missing('release', 'host cannot be used'), missing('wheel', 'needs Python')];
  const attempt = takeFirst('part', candidates, 'Install it.', silent);
  await expect(attempt).rejects.toThrow(PartUnavailableError);
  await expect(attempt).rejects.toThrow(
    'part cannot be had. Tried:\n  - release: host cannot be used\n  - wheel: needs Python\nInstall it.',
  );
});
