import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const installed = z.object({
  version: z.string(),
  source: z.string(),
  files: z.array(z.object({ path: z.string(), bytes: z.int() })),
  facts: z.record(z.string(), z.string()),
});

/** What is known about a part in the cache. */
export type Installed = z.infer<typeof installed> & { readonly dir: string };

const RECORD = 'installed.json';
const INCOMING = '.incoming';
const ABANDONED_AFTER_MS = 24 * 3_600_000;

/** Finds a part in the cache; one whose files are not all there in their full size does not count. */
export async function findInstalled(cacheDir: string, part: string, id: string): Promise<Installed | undefined> {
  const dir = join(cacheDir, part, id);
  try {
    const record = installed.parse(JSON.parse(await readFile(join(dir, RECORD), 'utf8')));
    const sizes = await Promise.all(record.files.map(async (file) => (await stat(join(dir, file.path))).size));
    return record.files.every((file, index) => file.bytes === sizes[index]) ? { ...record, dir } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Puts a part into the cache: `fill` gets an empty folder, which is renamed into place when it is complete. Set-ups that
 * run at the same time each fill their own folder; the first to finish wins and the others use its result.
 */
export async function install(
  cacheDir: string,
  part: string,
  id: string,
  fill: (dir: string) => Promise<{ version: string; source: string; files: string[]; facts?: Record<string, string> }>,
): Promise<Installed> {
  await removeAbandoned(cacheDir);
  const incoming = join(cacheDir, INCOMING, randomUUID());
  const target = join(cacheDir, part, id);
  await mkdir(incoming, { recursive: true });
  try {
    const { version, source, files, facts } = await fill(incoming);
    const sized = await Promise.all(
      files.map(async (path) => ({ path, bytes: (await stat(join(incoming, path))).size })),
    );
    const record = { version, source, files: sized, facts: facts ?? {} };
    await writeFile(join(incoming, RECORD), JSON.stringify(record, null, 2));
    await mkdir(dirname(target), { recursive: true });
    return (await moveIntoPlace(cacheDir, part, id, incoming, target)) ?? { ...record, dir: target };
  } finally {
    await rm(incoming, { recursive: true, force: true });
  }
}

/** @returns what another set-up has put there meanwhile, if so */
async function moveIntoPlace(cacheDir: string, part: string, id: string, incoming: string, target: string) {
  try {
    await rename(incoming, target);
    return undefined;
  } catch (error) {
    const winner = await findInstalled(cacheDir, part, id);
    if (winner) return winner;
    // What is there is damaged, or the rename failed for a reason that the second one will tell.
    await rm(target, { recursive: true, force: true });
    await rename(incoming, target).catch(() => {
      throw error;
    });
    return undefined;
  }
}

async function removeAbandoned(cacheDir: string): Promise<void> {
  const root = join(cacheDir, INCOMING);
  for (const name of await readdir(root).catch(() => [])) {
    const path = join(root, name);
    const modified = await stat(path).catch(() => undefined);
    if (modified && new Date().getTime() - modified.mtimeMs > ABANDONED_AFTER_MS)
      await rm(path, { recursive: true, force: true });
  }
}
