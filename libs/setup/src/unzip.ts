import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';

/** Where an entry of the archive goes, relative to the target folder; `undefined` leaves it out. */
export type PickEntry = (name: string) => string | undefined;

/**
 * Unpacks the picked entries of a zip archive (a wheel is one) below `target`. yauzl refuses names that would leave it.
 * @returns paths of the files, relative to `target`
 */
export async function unzip(archive: string, target: string, pick: PickEntry): Promise<string[]> {
  const zip = await openPromise(archive);
  const written: string[] = [];
  for await (const entry of zip.eachEntry()) {
    const relative = entry.fileName.endsWith('/') ? undefined : pick(entry.fileName);
    if (relative === undefined) continue;
    const path = join(target, relative);
    await mkdir(dirname(path), { recursive: true });
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path));
    written.push(relative);
  }
  return written;
}
