import { createHash } from 'node:crypto';
import { languageOf, type ParsedFile, type Reference, type SourceFile } from '@memlane/code-intel';
import type { DomainEvent } from '@memlane/contracts';
import { fullPace, type FeedItem } from '@memlane/event-log';
import { openWriterDb, type Db, type ModelWriter, type PreparedItem } from '@memlane/projection';
import fc from 'fast-check';
import { openCodeWriter, type PreparedCommit } from './apply-commits.js';
import { prepareCodeIndex } from './code-schema.js';
import { openGraphReader, type GraphReader } from './graph-change.js';
import type { CodeSources } from './prepare-files.js';

/** Path → content; `null` is a file that is skipped. */
export type Tree = Readonly<Record<string, string | null>>;

export const shaOf = (content: string) => createHash('sha256').update(content).digest('hex');
export const commitIdOf = (tree: Tree) =>
  createHash('sha1')
    .update(JSON.stringify(Object.entries(tree).sort()))
    .digest('hex');

/** Cuts after every third line; `function x` defines, `x()` and `import x from y` refer. Enough to tell one content from another. */
export async function parseRoughly({ path, text }: SourceFile): Promise<ParsedFile> {
  const lines = text.split('\n');
  const symbols = lines.flatMap((line, index) => {
    const name = /^function (\w+)/.exec(line)?.[1];
    return name === undefined
      ? []
      : [
          {
            name,
            kind: 'function' as const,
            signature: line,
            startLine: index + 1,
            endLine: index + 1,
            exported: true,
          },
        ];
  });
  const chunks = [];
  for (let from = 0; from < lines.length; from += 3) {
    const part = lines.slice(from, from + 3);
    const defines = symbols.flatMap((s, i) => (s.startLine > from && s.startLine <= from + 3 ? [i] : []));
    const last = from + 3 >= lines.length;
    const breadcrumb = [path];
    chunks.push({
      ...{ startLine: from + 1, endLine: from + part.length, breadcrumb, defines },
      text: part.join('\n') + (last ? '' : '\n'),
    });
  }
  const references = lines.flatMap((line, index): Reference[] => {
    const [, imported = '', module = ''] = /^import (\w+) from (\S+)$/.exec(line) ?? [];
    if (module !== '') return [{ name: imported, kind: 'import', line: index + 1, module }];
    return [...line.matchAll(/(\w+)\(\)/g)].map(([, name = '']) => ({ name, kind: 'call', line: index + 1 }));
  });
  return { language: languageOf(path, lines[0]), chunks, symbols, references };
}

/** Commits of one owner after each other, and the contents that they name. */
export function startLog(owner = 'ann') {
  const contents = new Map<string, string>();
  const items: FeedItem[] = [];

  function commit(repository: string, ...events: readonly DomainEvent[]): FeedItem {
    const seq = items.length + 1;
    const item: FeedItem = {
      seq,
      msgId: `c${seq}`,
      time: new Date(0),
      owner,
      aggregate: `repo-${repository}`,
      pending: 0,
      commit: {
        ...{ v: 1, commandId: `c${seq}`, fingerprint: '', owner, actor: 'key', client: 'test', correlationId: 'test' },
        at: new Date(Date.UTC(2026, 0, 1) + seq * 1_000).toISOString(),
        events: events.map((event, index) => ({ ...event, id: `e${seq}-${index}` })),
        result: null,
      },
    };
    items.push(item);
    return item;
  }

  const known = new Map<string, Tree>();
  const there = new Set<string>();
  let jobs = 0;

  /** Records what differs from the last sync, as a worker does; `end` says how the job ends. */
  function sync(
    repository: string,
    tree: Tree,
    { full = false, end = 'synced' }: { full?: boolean; end?: 'synced' | 'failed' | 'cancelled' | 'running' } = {},
  ): void {
    there.add(repository);
    const before = full ? undefined : known.get(repository);
    const about = { repository_id: repository, job_id: `${repository}-${++jobs}` };
    const head = commitIdOf(tree);
    const base = before ? commitIdOf(before) : null;
    const changed = Object.entries(tree).filter(([path, content]) => !before || before[path] !== content);
    const removed = Object.keys(before ?? {}).filter((path) => !(path in tree));
    for (const content of Object.values(tree)) if (content !== null) contents.set(shaOf(content), content);
    const requested = { name: `name-${repository}`, source: 'https://example.org/x', ref: null, store: 'one' };
    commit(repository, {
      type: 'repository-sync-requested',
      data: { ...about, ...requested, mode: full ? 'full' : 'incremental', trigger: 'call' },
    });
    commit(repository, { type: 'repository-sync-started', data: { ...about, attempt: 1 } });
    const total = changed.length + removed.length;
    commit(repository, {
      type: 'repository-sync-planned',
      data: { ...about, commit: head, base_commit: base, rules: 1, total },
    });
    for (let from = 0; from < changed.length; from += 3) {
      const part = changed.slice(from, from + 3);
      const files = part.flatMap(([path, content]) =>
        content === null ? [] : [{ path, blob: shaOf(content), size: content.length }],
      );
      const skipped = part.flatMap(([path, content]) =>
        content === null ? [{ path, reason: 'binary' as const }] : [],
      );
      commit(repository, {
        type: 'files-recorded',
        data: { ...about, batch: 1, commit: head, store: 'one', files, skipped, done: from + part.length },
      });
    }
    if (removed.length > 0)
      commit(repository, { type: 'files-removed', data: { ...about, batch: 2, paths: removed, done: total } });
    if (end === 'synced') {
      const counts = { files: changed.length, bytes: 0, skipped: 0, removed: removed.length, redacted: 0 };
      commit(repository, {
        type: 'repository-synced',
        data: { ...about, commit: head, base_commit: base, ref: 'main', rules: 1, counts },
      });
      known.set(repository, tree);
    }
    if (end === 'failed')
      commit(repository, { type: 'repository-sync-failed', data: { ...about, reason: 'unreachable', message: '' } });
    if (end === 'cancelled') commit(repository, { type: 'repository-sync-cancelled', data: about });
  }

  function remove(repository: string): void {
    known.delete(repository);
    if (!there.delete(repository)) return;
    commit(repository, { type: 'repository-removed', data: { repository_id: repository, store: 'one' } });
  }

  // Each index remembers its own last graph.
  const graphs = new WeakMap<Db, GraphReader>();
  const sources: CodeSources = {
    blobs: {
      get: async (_store, sha256) => {
        const content = contents.get(sha256);
        return content === undefined ? undefined : new TextEncoder().encode(content);
      },
    },
    parse: parseRoughly,
    pace: fullPace,
    graph: async (db, of) => {
      const read = graphs.get(db) ?? openGraphReader();
      graphs.set(db, read);
      return read(db, of);
    },
  };
  return { items, sync, remove, sources };
}

/** A code index in memory, with what a projection does to it. */
export function openIndex(sources: CodeSources): { readonly db: Db; readonly writer: ModelWriter<PreparedCommit> } {
  const db = openWriterDb(':memory:');
  prepareCodeIndex(db);
  return { db, writer: openCodeWriter(db, sources) };
}

/** Applies commits in batches, each prepared ahead; one that waits for those before it begins a batch of its own. */
export async function applyAll(
  { db, writer }: ReturnType<typeof openIndex>,
  items: readonly FeedItem[],
  batch = 1,
): Promise<void> {
  let prepared: PreparedItem<PreparedCommit>[] = [];
  const apply = async () => {
    db.transaction(() => writer.apply(prepared)).immediate();
    prepared = [];
  };
  for (const item of items) {
    const one = { ...item, prepared: (await writer.prepare?.(item, apply)) ?? { files: new Map() } };
    prepared.push(one);
    if (prepared.length >= batch) await apply();
  }
  await apply();
}

const contents = fc
  .array(
    fc.constantFrom(
      'function parseToken',
      'parseToken()',
      'const a = 1',
      'retry()',
      'function retry',
      'import retry from ./a',
      '',
    ),
    {
      maxLength: 8,
    },
  )
  .map((lines) => lines.join('\n'));

export const trees: fc.Arbitrary<Tree> = fc.dictionary(
  fc.constantFrom('a.ts', 'b.ts', 'src/a.ts', 'src/b.py', 'lib/c.h', 'lib/c.cpp', 'README.md', 'run'),
  fc.option(contents, { freq: 8 }),
);
