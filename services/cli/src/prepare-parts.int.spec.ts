import { symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readEnv } from '@memlane/contracts';
import { findCacheDir } from '@memlane/setup';
import { createLog } from '@memlane/supervision';
import { tempDir } from '@memlane/testkit';
import { expect, test, vi } from 'vitest';
import { prepareParts } from './prepare-parts.js';

test('a second start takes every part from the cache folder that the flag names, without a network', async () => {
  const dir = join(await tempDir(), 'cache');
  await symlink(findCacheDir({ env: process.env, platform: process.platform, home: homedir() }), dir);
  const env = readEnv({ MEMLANE_CACHE_DIR: dir });
  const lines: string[] = [];
  const prepare = () =>
    prepareParts(
      env,
      createLog('info', (line) => lines.push(line)),
    );
  const first = await prepare();

  lines.length = 0;
  const { fetch } = globalThis;
  globalThis.fetch = () => Promise.reject(new Error('no network'));
  vi.stubEnv('PIP_NO_INDEX', '1').stubEnv('GOPROXY', 'off');
  try {
    expect(await prepare()).toEqual(first);
  } finally {
    globalThis.fetch = fetch;
    vi.unstubAllEnvs();
  }
  const fromCache = (part: string) => lines.filter((line) => line.includes(`${part}: cache, `) && line.includes(dir));
  expect(fromCache('chroma')).toHaveLength(1);
  expect(fromCache('model')).toHaveLength(1);
  // One that the machine has already is not fetched at all.
  expect([...fromCache('nats-server'), ...lines.filter((line) => line.includes('nats-server: PATH, '))]).toHaveLength(
    1,
  );
  expect(lines).toHaveLength(3);
});
