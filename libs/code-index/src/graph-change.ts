import { openGraphs, type CodeSymbol, type FileFacts, type Mention, type RepositoryGraph } from '@memlane/code-intel';
import { limit } from '@memlane/contracts';
import type { Db } from '@memlane/projection';

/** Which repository, and whether what is staged is all that it will have. */
export interface GraphOf {
  /** Key of the repository. */
  readonly repository: number;
  readonly whole: boolean;
}

/** What the end of a sync changes of who refers to whom in a repository. */
export interface GraphChange {
  /** Ranks that change, with the paths of their files. */
  readonly ranks: readonly (readonly [path: string, rank: number])[];
  /** Rows of files that are new or changed; each part is JSON. */
  readonly rows: readonly GraphRow[];
  /** Paths whose rows go. */
  readonly gone: readonly string[];
}

export interface GraphRow {
  readonly path: string;
  readonly imports: string;
  readonly links: string;
  readonly uses: string;
}

/** Of a sync that changes no file. */
export const noGraphChange: GraphChange = { ranks: [], rows: [], gone: [] };

/** The files that a repository has once what is staged has been made visible. */
const nextFiles = `
  SELECT s.path, s.blob FROM staged s WHERE s.repository = :repository AND s.removed = 0 AND s.blob IS NOT NULL
  UNION ALL SELECT f.path, f.blob FROM file f WHERE f.repository = :repository AND f.blob IS NOT NULL AND NOT :whole
    AND NOT EXISTS (SELECT 1 FROM staged s WHERE s.repository = f.repository AND s.path = f.path)`;

/** Tells how the graph of a repository changes. Takes up to seconds for a large one: not for the thread that writes. */
export type GraphReader = (db: Db, of: GraphOf) => GraphChange;

/**
 * Builds the graph that a repository has once what is staged is visible, and tells how it differs from the one it has.
 * Remembers the last one, so that a small change of the same repository takes little.
 */
export function openGraphReader(): GraphReader {
  const readFacts = openFacts();
  const build = openGraphs();
  return (db, of) => db.transaction(() => compareGraph(db, of, build(readFacts(db, of))))();
}

function compareGraph(db: Db, of: GraphOf, { files, ranks }: RepositoryGraph): GraphChange {
  const known = new Map(
    db
      .prepare<[number], GraphRow>('SELECT path, imports, links, uses FROM file_graph WHERE repository = ?')
      .all(of.repository)
      .map((row) => [row.path, row]),
  );
  const rows: GraphRow[] = [];
  for (const { path, imports, links, uses } of files) {
    const parts = [imports, links, uses].map((part) => JSON.stringify(part));
    const [row, before] = [toRow(path, parts), known.get(path)];
    // Most files refer to nothing: documents, data.
    if (parts.every((part) => part === '{}')) continue;
    known.delete(path);
    if (row.imports !== before?.imports || row.links !== before.links || row.uses !== before.uses) rows.push(row);
  }
  const ranked = new Map(
    db.prepare<[number], [string, number]>('SELECT path, rank FROM file WHERE repository = ?').raw().all(of.repository),
  );
  return {
    rows,
    gone: [...known.keys()],
    ranks: [...ranks].filter(([path, rank]) => rank !== ranked.get(path)),
  };
}

function toRow(path: string, [imports = '', links = '', uses = '']: readonly string[]): GraphRow {
  return { path, imports, links, uses };
}

interface KnownFacts {
  /** Tells contents apart, also where the keys of their rows are given to others later. */
  readonly content: string;
  readonly entries: number;
  readonly hasRoom: boolean;
  readonly facts: FileFacts;
}

/**
 * As many files as the limit of the graph allows, in the order of their paths; the others have no names. What is as it
 * was at the last time is the same object.
 */
function openFacts(): (db: Db, of: GraphOf) => FileFacts[] {
  let before = new Map<string, KnownFacts>();
  let mentionsOf: (path: string) => Mention[] = () => [];
  return (db, { repository, whole }) => {
    const files = db
      .prepare<unknown[], { path: string; blob: number; language: string; content: string }>(
        `SELECT n.path, n.blob, b.language, b.sha256 || '.' || b.variant AS content
         FROM (${nextFiles}) n JOIN blob b ON b.key = n.blob ORDER BY n.path`,
      )
      .all({ repository, whole: whole ? 1 : 0 });
    const symbols = db.prepare<[number], Pick<CodeSymbol, 'name' | 'kind'>>(
      'SELECT name, kind FROM symbol WHERE blob = ? ORDER BY ordinal',
    );
    const count = db.prepare<[number], number>('SELECT count(*) FROM reference WHERE blob = ?').pluck();
    const blobs = new Map(files.map(({ path, blob }) => [path, blob]));
    const mentions = prepareMentions(db);
    mentionsOf = (path) => mentions.all(blobs.get(path) ?? 0).map(toMention);
    let room = limit('code_graph_entries');
    const all = new Map<string, KnownFacts>();
    for (const { path, blob, language, content } of files) {
      const known = before.get(path);
      const isKnown = known?.content === content;
      const defined = isKnown && known.hasRoom ? known.facts.symbols : symbols.all(blob);
      const entries = isKnown ? known.entries : defined.length + (count.get(blob) ?? 0);
      room -= entries;
      const hasRoom = room >= 0;
      const facts = hasRoom
        ? { path, language, symbols: defined, mentions: () => mentionsOf(path) }
        : { path, language, symbols: [], mentions: () => [] };
      all.set(path, isKnown && known.hasRoom === hasRoom ? known : { content, entries, hasRoom, facts });
    }
    before = all;
    return [...all.values()].map(({ facts }) => facts);
  };
}

/** In an order that is a function of the content. */
function prepareMentions(db: Db) {
  return db
    .prepare<[number], MentionRow>(
      `SELECT name, CASE WHEN kind IN ('call', 'import') THEN kind ELSE 'name' END AS usage, module, alias, receiver,
         count(*)
       FROM reference WHERE blob = ? GROUP BY name, usage, module, alias, receiver ORDER BY min(ordinal)`,
    )
    .raw();
}

type MentionRow = [
  ...[name: string, use: Mention['use'], module: string | null, alias: string | null, receiver: string | null],
  count: number,
];

function toMention([name, use, module, alias, receiver, count]: MentionRow): Mention {
  return {
    ...{ name, use, count },
    ...(module !== null && { module }),
    ...(alias !== null && { alias }),
    ...(receiver !== null && { receiver }),
  };
}
