import type { CommandPayload } from '@memlane/contracts';
import type { Rest } from './local-view.js';
import type { Mirror } from './mirror.js';
import { redactSecrets } from './redact-secrets.js';
import { readText, skipByPath, skipBySize } from './skip-rules.js';
import type { TreeEntry } from './tree-entries.js';

type Skipped = CommandPayload<'record-files'>['skipped'][number];

/** A file that may be kept. */
export interface PreparedFile {
  readonly path: string;
  /** Without its secrets. */
  readonly content: Uint8Array;
  readonly redacted: number;
}

/** What becomes of some entries. */
export interface PreparedBatch {
  readonly files: readonly PreparedFile[];
  readonly skipped: readonly Skipped[];
  readonly removed: readonly string[];
}

/** Bytes of contents that are read at once. */
const READ_BYTES = 8_388_608;
/** A path beyond its limit is in the ledger by its beginning. */
const LEDGER_PATH_CHARS = 1_000;

/** Reads entries, skips and redacts by the rules, with a rest after each piece of work. */
export async function prepareFiles(
  mirror: Mirror,
  entries: readonly TreeEntry[],
  signal: AbortSignal,
  rest: Rest,
): Promise<PreparedBatch> {
  const work = async <T>(piece: () => Promise<T>): Promise<T> => {
    const begun = performance.now();
    const result = await piece();
    await rest(performance.now() - begun, signal);
    return result;
  };
  const skipped: Skipped[] = [];
  const removed: string[] = [];
  const candidates: TreeEntry[] = [];
  for (const entry of entries) {
    const path = entry.path.slice(0, LEDGER_PATH_CHARS);
    const reason = entry.mode === undefined ? undefined : skipByPath(entry);
    if (entry.mode === undefined) removed.push(path);
    else if (reason) skipped.push({ path, reason });
    else candidates.push(entry);
  }
  const oids = candidates.map(({ oid }) => oid);
  const sizes = await work(() => mirror.sizes(oids, signal));
  const wanted: Sized[] = [];
  for (const [n, entry] of candidates.entries()) {
    const size = sizes[n];
    const reason = skipBySize(size);
    if (reason) skipped.push({ path: entry.path, reason, ...(size === undefined ? {} : { size }) });
    else wanted.push({ entry, size: size ?? 0 });
  }
  const files: PreparedFile[] = [];
  for (const group of groupBySize(wanted)) {
    const bytes = group.reduce((sum, { size }) => sum + size, 0);
    const wantedOids = group.map(({ entry }) => entry.oid);
    const contents = await work(() => mirror.read(wantedOids, bytes, signal));
    for (const [n, { entry, size }] of group.entries()) {
      const read = readText(contents[n] ?? new Uint8Array());
      if ('skip' in read) {
        skipped.push({ path: entry.path, reason: read.skip, size });
        continue;
      }
      const { text, count } = await work(() => redactSecrets(entry.path, read.text));
      files.push({ path: entry.path, content: Buffer.from(text), redacted: count });
    }
    signal.throwIfAborted();
  }
  return { files, skipped, removed };
}

interface Sized {
  readonly entry: TreeEntry;
  readonly size: number;
}

function groupBySize(wanted: readonly Sized[]): Sized[][] {
  const groups: Sized[][] = [];
  let bytes = Infinity;
  for (const one of wanted) {
    if (bytes + one.size > READ_BYTES) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(one);
    bytes += one.size;
  }
  return groups;
}
