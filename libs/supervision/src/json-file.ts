import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';

/** Reads a JSON file; `undefined` when there is none or it is not JSON. */
export async function readJsonFile(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** Replaces a JSON file as a whole: a reader sees the old content or the new, never a part. */
export async function writeJsonFile(path: string, value: unknown, mode = 0o600): Promise<void> {
  const next = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(next, `${JSON.stringify(value, null, 2)}\n`, { mode, flush: true });
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}
