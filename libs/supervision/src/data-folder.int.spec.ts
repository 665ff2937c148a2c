import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDataFolder } from './data-folder.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'memlane-folder-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe('a data folder', () => {
  test('is refused to a second user and free again after the first', async () => {
    const first = await openDataFolder(dir);
    await expect(openDataFolder(dir)).rejects.toThrow('is in use by another Memlane');
    first.close();
    const second = await openDataFolder(dir);
    second.close();
  });

  test('is free again when its user was killed with -9', async () => {
    const module = new URL('../dist/data-folder.js', import.meta.url).href;
    const script = `
      import { openDataFolder } from ${JSON.stringify(module)};
      await openDataFolder(${JSON.stringify(dir)});
      console.log('held');
      setInterval(() => undefined, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    await expect(openDataFolder(dir)).rejects.toThrow('is in use by another Memlane');
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const folder = await openDataFolder(dir);
    folder.close();
  });

  test('of a newer version is refused and left as it is', async () => {
    await writeFile(join(dir, 'format.json'), '{"version":99}');
    await expect(openDataFolder(dir)).rejects.toThrow('was written by a newer Memlane');
    expect(await readdir(dir)).toEqual(['format.json']);
    expect(await readFile(join(dir, 'format.json'), 'utf8')).toBe('{"version":99}');
  });

  test('on a full disk is refused before anything is written', async () => {
    await expect(openDataFolder(dir, Number.MAX_SAFE_INTEGER)).rejects.toThrow(/The disk of .* is full/);
    expect(await readdir(dir)).toEqual([]);
  });

  test('that is a file is refused with a reason', async () => {
    const file = join(dir, 'file');
    await writeFile(file, '');
    await expect(openDataFolder(file)).rejects.toThrow('cannot be used as the data folder');
  });
});
