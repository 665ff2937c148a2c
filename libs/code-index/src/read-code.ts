import { ownerKeyOf, type Db } from '@memlane/projection';
import { chunkKeysOf } from './keys.js';

/** Where a file's content is, or why there is none. */
export type LocatedFile =
  | { readonly is: 'no-repository' | 'no-file' }
  | { readonly is: 'skipped'; readonly reason: string; readonly commit: string }
  | {
      readonly is: 'file';
      readonly blob: number;
      readonly language: string;
      readonly commit: string;
      /** When a sync last brought another content of it, ISO 8601 UTC. */
      readonly changedAt: string;
    };

/** A repository that can be read, with its indexed commit and what is indexed of it. */
export interface FoundRepository {
  readonly key: number;
  readonly commit: string;
  readonly files: number;
  readonly symbols: number;
}

/** Finds a repository of an owner by its name; `undefined` before its first sync is complete. */
export function findRepository(db: Db, owner: string, name: string): FoundRepository | undefined {
  const key = ownerKeyOf(db, owner);
  if (key === undefined) return undefined;
  return db
    .prepare<[number, string], FoundRepository>(
      `SELECT key, commit_id AS "commit", files, symbols FROM repository
       WHERE owner = ? AND name = ? AND commit_id IS NOT NULL`,
    )
    .get(key, name);
}

/** Finds a file of the indexed commit by its path. */
export function locateFile(db: Db, at: { owner: string; repository: string; path: string }): LocatedFile {
  const repository = findRepository(db, at.owner, at.repository);
  if (!repository) return { is: 'no-repository' };
  const { key, commit } = repository;
  const file = db
    .prepare<
      [number, string],
      { blob: number | null; skipped: string | null; language: string | null; changedAt: string }
    >(
      `SELECT f.blob, f.skipped, b.language, f.changed_at AS changedAt FROM file f LEFT JOIN blob b ON b.key = f.blob
       WHERE f.repository = ? AND f.path = ?`,
    )
    .get(key, at.path);
  if (!file) return { is: 'no-file' };
  if (file.blob === null) return { is: 'skipped', reason: file.skipped ?? 'missing', commit };
  return { is: 'file', blob: file.blob, language: file.language ?? 'text', commit, changedAt: file.changedAt };
}

/** Lines of a file, both bounds included. */
export interface LineRange {
  readonly startLine: number;
  readonly endLine: number;
}

/** Reads whole lines of a content; the range is cut to what there is. `undefined` when it lies behind the end. */
export function readLines(
  db: Db,
  blob: number,
  { startLine, endLine }: LineRange,
): (LineRange & { text: string }) | undefined {
  const chunks = db
    .prepare<[number, number, number, number], { start_line: number; end_line: number; text: string }>(
      `SELECT start_line, end_line, text FROM chunk WHERE key BETWEEN ? AND ? AND start_line <= ? AND end_line >= ?
       ORDER BY key`,
    )
    .all(...chunkKeysOf(blob), endLine, startLine);
  const first = chunks[0];
  const last = chunks.at(-1);
  if (!first || !last) return undefined;
  const lines = chunks
    .map(({ text }) => text)
    .join('')
    .split('\n');
  const from = Math.max(startLine, first.start_line);
  const to = Math.min(endLine, last.end_line);
  return {
    startLine: from,
    endLine: to,
    text: lines.slice(from - first.start_line, to - first.start_line + 1).join('\n'),
  };
}

/** Number of lines of a content. */
export function countLines(db: Db, blob: number): number {
  return (
    db
      .prepare<[number, number], number | null>('SELECT max(end_line) FROM chunk WHERE key BETWEEN ? AND ?')
      .pluck()
      .get(...chunkKeysOf(blob)) ?? 0
  );
}

/** Where a symbol is defined in a content, by its name or its qualified name. */
export function locateSymbol(db: Db, blob: number, name: string): LineRange | undefined {
  return db
    .prepare<{ blob: number; name: string }, LineRange>(
      `SELECT start_line AS startLine, end_line AS endLine FROM symbol
       WHERE blob = :blob AND (name = :name OR container || '.' || name = :name)
       ORDER BY name = :name COLLATE BINARY DESC, ordinal LIMIT 1`,
    )
    .get({ blob, name });
}
