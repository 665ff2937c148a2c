import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const root = new URL('../../../', import.meta.url);

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      { readonly resolved?: string; readonly link?: boolean; readonly version?: string; readonly optional?: boolean }
    >
  >;
}

const readLock = async (path: string) => JSON.parse(await readFile(new URL(path, root), 'utf8')) as Lock;

test.each(['package-lock.json', 'test/conformance/tools/package-lock.json'])(
  '%s names no download address, so that any registry will do',
  async (path) => {
    const { packages } = await readLock(path);
    expect(Object.keys(packages).length).toBeGreaterThan(100);
    const addresses = Object.values(packages).flatMap(({ resolved, link }) => (resolved && !link ? [resolved] : []));
    expect(addresses).toEqual([]);
  },
);
