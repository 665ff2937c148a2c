import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
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

  test.each([
    ['format.json', 'format.json is damaged'],
    ['lock.sqlite', 'lock.sqlite is damaged'],
  ])('whose %s is damaged is refused and left as it is', async (name, reason) => {
    (await openDataFolder(dir)).close();
    const damaged = 'no content of ours'.repeat(1_000);
    await writeFile(join(dir, name), damaged);
    await expect(openDataFolder(dir)).rejects.toThrow(reason);
    expect(await readFile(join(dir, name), 'utf8')).toBe(damaged);
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

  test('that was there before is closed to others with all that Memlane keeps in it, and nothing else is', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'memlane-outside-'));
    const ours = ['read-model/v1/memory.00.sqlite', 'decision-2/decision.00.sqlite', 'connect.json'];
    await mkdir(join(dir, 'read-model', 'v1'), { recursive: true });
    await mkdir(join(dir, 'decision-2'));
    for (const path of ours) await writeFile(join(dir, path), '');
    await writeFile(join(dir, 'notes.txt'), '');
    await writeFile(join(outside, 'file'), '');
    await symlink(outside, join(dir, 'vectors'));
    const wide = [...ours, 'notes.txt', 'read-model', 'read-model/v1', 'decision-2', '.'];
    for (const path of wide) await chmod(join(dir, path), 0o755);
    await chmod(outside, 0o755);

    const folder = await openDataFolder(dir);
    folder.close();
    expect(folder.exposed).toEqual([]);
    const modeOf = async (path: string) => (await stat(join(dir, path))).mode & 0o777;
    for (const path of wide.filter((name) => name !== 'notes.txt')) expect(await modeOf(path), path).toBe(0o700);
    expect(await modeOf('format.json')).toBe(0o600);
    expect(await modeOf('notes.txt')).toBe(0o755);
    expect((await stat(outside)).mode & 0o777).toBe(0o755);
    await rm(outside, { recursive: true });
  });

  test('that everybody may write to is named, and left as it is', async () => {
    await chmod(dir, 0o1777);
    const folder = await openDataFolder(dir);
    folder.close();
    expect(folder.exposed).toEqual([dir]);
    expect((await stat(dir)).mode & 0o7777).toBe(0o1777);
  });
});
