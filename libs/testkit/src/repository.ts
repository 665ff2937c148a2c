import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { limit, type DomainEvent, type StoredCommit } from '@memlane/contracts';

/** Path → content; `null` is a file that is skipped. */
export type SourceTree = Readonly<Record<string, string | null>>;

/** Writes the events of syncs as the command handler does, with the contents that they name. */
export interface RepositoryRecorder {
  /** Records a sync from beginning to end, or only its files. @returns the sequence of its last commit */
  sync(
    name: string,
    tree: SourceTree,
    options?: { readonly end?: 'synced' | 'cancelled' | 'running' },
  ): Promise<number>;
  remove(name: string): Promise<number>;
}

/** What of the log is written to. */
export interface RecordingLog {
  append(
    commit: StoredCommit,
    settings: { readonly aggregate: string; readonly expectedLastSubjectSeq: number },
  ): Promise<{ readonly ok: true; readonly seq: number } | { readonly ok: false; readonly reason: string }>;
}

/** Where contents are kept. */
export interface RecordingBlobs {
  put(at: { readonly owner: string; readonly store: string }, contents: readonly Uint8Array[]): Promise<string[]>;
}

export function recordRepositories(log: RecordingLog, blobs: RecordingBlobs, owner: string): RepositoryRecorder {
  const lastSeqs = new Map<string, number>();
  const known = new Map<string, SourceTree>();
  const idOf = (name: string) => hashOf(name).slice(0, 16);

  async function append(name: string, event: DomainEvent): Promise<number> {
    const id = randomUUID();
    const commit: StoredCommit = {
      ...{ v: 1, commandId: id, fingerprint: '', owner, actor: 'key', client: 'test', correlationId: id, result: null },
      at: new Date().toISOString(),
      events: [{ id: `${id}-0`, type: event.type, v: 1, data: event.data }],
    };
    const aggregate = `repo-${idOf(name)}`;
    const appended = await log.append(commit, { aggregate, expectedLastSubjectSeq: lastSeqs.get(name) ?? 0 });
    if (!appended.ok) throw new Error(appended.reason);
    lastSeqs.set(name, appended.seq);
    return appended.seq;
  }

  return {
    async sync(name, tree, { end = 'synced' } = {}) {
      const before = known.get(name);
      const about = { repository_id: idOf(name), job_id: `${idOf(name)}-${randomUUID().slice(0, 8)}` };
      const commit = commitOf(tree);
      const base = before ? commitOf(before) : null;
      const changed = Object.entries(tree).filter(([path, content]) => before?.[path] !== content);
      const removed = Object.keys(before ?? {}).filter((path) => !(path in tree));
      const total = changed.length + removed.length;
      const requested = { name, source: `https://example.org/${name}`, ref: null, mode: 'incremental' as const };
      await append(name, {
        type: 'repository-sync-requested',
        data: { ...about, ...requested, store: 'one', trigger: 'call' },
      });
      await append(name, { type: 'repository-sync-started', data: { ...about, attempt: 1 } });
      await append(name, {
        type: 'repository-sync-planned',
        data: { ...about, commit, base_commit: base, rules: 1, total },
      });
      const size = limit('files_per_batch') / 5;
      for (let from = 0; from < changed.length; from += size) {
        const part = changed.slice(from, from + size);
        const contents = part.flatMap(([path, content]) =>
          content === null ? [] : [{ path, bytes: Buffer.from(content) }],
        );
        const names = await blobs.put(
          { owner, store: 'one' },
          contents.map(({ bytes }) => bytes),
        );
        const files = contents.map(({ path, bytes }, i) => ({ path, blob: names[i] ?? '', size: bytes.byteLength }));
        const skipped = part.flatMap(([path, content]) =>
          content === null ? [{ path, reason: 'binary' as const }] : [],
        );
        const batch = from / size + 1;
        await append(name, {
          type: 'files-recorded',
          data: { ...about, batch, commit, store: 'one', files, skipped, done: from + part.length },
        });
      }
      if (removed.length > 0)
        await append(name, { type: 'files-removed', data: { ...about, batch: 0, paths: removed, done: total } });
      if (end === 'running') return lastSeqs.get(name) ?? 0;
      if (end === 'cancelled') return append(name, { type: 'repository-sync-cancelled', data: about });
      known.set(name, tree);
      const counts = { files: changed.length, bytes: 0, skipped: 0, removed: removed.length, redacted: 0 };
      return append(name, {
        type: 'repository-synced',
        data: { ...about, commit, base_commit: base, ref: 'main', rules: 1, counts },
      });
    },
    async remove(name) {
      known.delete(name);
      return append(name, { type: 'repository-removed', data: { repository_id: idOf(name), store: 'one' } });
    },
  };
}

/**
 * The text files below a folder, e.g. the sources of an installed package: those that are small enough to be indexed.
 * Links are not followed.
 */
export async function readSourceTree(
  folder: string,
  endings: RegExp = /\.(?:[cm]?[jt]s|py|md|json)$/u,
): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const tree: [path: string, text: string][] = [];
  // One after the other, however many there are: a process may have only so many files open.
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !endings.test(entry.name)) continue;
    const text = await readFile(path, 'utf8');
    if (text.length <= limit('repository_file_bytes')) tree.push([relative(folder, path).split(sep).join('/'), text]);
  }
  return Object.fromEntries(tree.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function commitOf(tree: SourceTree): string {
  return createHash('sha1')
    .update(JSON.stringify(Object.entries(tree)))
    .digest('hex');
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
