import type { Db } from '@memlane/projection';
import type { BlobTable } from './blob-table.js';

/** Paths of one content whose words it is found by; a licence text lies in thousands. */
const PATHS_PER_BLOB = 8;

/** What a sync recorded about a path. */
export interface StagedFile {
  readonly path: string;
  /** Key of its content; `undefined` when it is skipped or gone. */
  readonly blob?: number | undefined;
  readonly skipped?: string | undefined;
  readonly size?: number | undefined;
  readonly redacted?: number | undefined;
  readonly removed?: boolean;
}

/** How many paths a sync changes. What is skipped counts as a file: it is in the ledger. */
export interface FileChanges {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** The files of repositories: those that readers see, and those that a running sync has recorded. */
export interface FileTable {
  stage(repository: number, file: StagedFile): void;
  hasStaged(repository: number): boolean;
  /** Forgets what was staged. @returns the contents that it referred to */
  dropStaged(repository: number): number[];
  /** What {@link flip} would change. @param whole as there */
  changes(repository: number, whole: boolean): FileChanges;
  /**
   * Makes what was staged visible, all at once.
   *
   * @param whole the staged files are all there are: what was not staged is gone
   * @param at ISO 8601 UTC; kept of the files whose content is another than before
   * @returns the contents whose paths have changed
   */
  flip(repository: number, whole: boolean, at: string): Set<number>;
  /** Removes all files. @returns the contents that they referred to */
  clear(repository: number): number[];
  isReferred(blob: number): boolean;
  /** Whether a visible file has the content. */
  isVisible(blob: number): boolean;
  /** Brings the words that a content is found by up to its visible paths. */
  refreshPaths(blobs: BlobTable, blob: number): void;
}

export function openFileTable(db: Db): FileTable {
  const stage = db.prepare(
    `INSERT INTO staged (repository, path, removed, blob, skipped, size, redacted) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET removed = excluded.removed, blob = excluded.blob, skipped = excluded.skipped,
       size = excluded.size, redacted = excluded.redacted`,
  );
  const stagedBlobs = db
    .prepare<[number], number>('SELECT DISTINCT blob FROM staged WHERE repository = ? AND blob IS NOT NULL')
    .pluck();
  const anyStaged = db.prepare<[number], 1>('SELECT 1 FROM staged WHERE repository = ? LIMIT 1').pluck();
  const dropStaged = db.prepare('DELETE FROM staged WHERE repository = ?');
  const fileBlobs = db
    .prepare<[number], number>('SELECT DISTINCT blob FROM file WHERE repository = ? AND blob IS NOT NULL')
    .pluck();
  const clearFiles = db.prepare('DELETE FROM file WHERE repository = ?');
  const changedBlobs = db
    .prepare<{ repository: number }, number>(
      `SELECT f.blob FROM staged s JOIN file f ON f.repository = s.repository AND f.path = s.path
         WHERE s.repository = :repository AND f.blob IS NOT NULL AND f.blob IS NOT s.blob
       UNION SELECT s.blob FROM staged s LEFT JOIN file f ON f.repository = s.repository AND f.path = s.path
         WHERE s.repository = :repository AND s.blob IS NOT NULL AND f.blob IS NOT s.blob`,
    )
    .pluck();
  const goneBlobs = db
    .prepare<[number], number>(
      `SELECT DISTINCT blob FROM file f WHERE repository = ? AND blob IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM staged s WHERE s.repository = f.repository AND s.path = f.path)`,
    )
    .pluck();
  const countChanges = db.prepare<{ repository: number; whole: number }, FileChanges>(
    `SELECT
       coalesce(sum(f.path IS NULL AND s.removed = 0), 0) AS added,
       coalesce(sum(f.path IS NOT NULL AND s.removed = 0 AND (f.blob IS NOT s.blob OR f.skipped IS NOT s.skipped)), 0) AS changed,
       coalesce(sum(f.path IS NOT NULL AND s.removed = 1), 0) + iif(:whole, (SELECT count(*) FROM file g
         WHERE g.repository = :repository AND NOT EXISTS
           (SELECT 1 FROM staged t WHERE t.repository = :repository AND t.path = g.path)), 0) AS removed
     FROM staged s LEFT JOIN file f ON f.repository = s.repository AND f.path = s.path WHERE s.repository = :repository`,
  );
  const removeUnstaged = db.prepare(
    `DELETE FROM file AS f WHERE repository = ?
     AND NOT EXISTS (SELECT 1 FROM staged s WHERE s.repository = f.repository AND s.path = f.path)`,
  );
  const removeGone = db.prepare(
    'DELETE FROM file WHERE repository = :r AND path IN (SELECT path FROM staged WHERE repository = :r AND removed = 1)',
  );
  const takeStaged = db.prepare(
    `INSERT INTO file (repository, path, blob, skipped, size, redacted, changed_at)
     SELECT repository, path, blob, skipped, size, redacted, :at FROM staged WHERE repository = :repository AND removed = 0
     ON CONFLICT DO UPDATE SET blob = excluded.blob, skipped = excluded.skipped, size = excluded.size,
       redacted = excluded.redacted, changed_at = iif(blob IS excluded.blob, changed_at, excluded.changed_at)`,
  );
  const isStaged = db.prepare<[number], 1>('SELECT 1 FROM staged WHERE blob = ?').pluck();
  const isVisible = db.prepare<[number], 1>('SELECT 1 FROM file WHERE blob = ?').pluck();
  const pathsOf = db
    .prepare<[number, number], string>(
      `SELECT DISTINCT f.path FROM file f JOIN repository r ON r.key = f.repository WHERE f.blob = ?
       ORDER BY f.path LIMIT ?`,
    )
    .pluck();

  return {
    stage(repository, { path, blob = null, skipped = null, size = null, redacted = 0, removed = false }) {
      stage.run(repository, path, removed ? 1 : 0, blob, skipped, size, redacted);
    },
    hasStaged: (repository) => anyStaged.get(repository) !== undefined,
    dropStaged(repository) {
      const blobs = stagedBlobs.all(repository);
      dropStaged.run(repository);
      return blobs;
    },
    changes: (repository, whole) =>
      countChanges.get({ repository, whole: whole ? 1 : 0 }) ?? { added: 0, changed: 0, removed: 0 },
    flip(repository, whole, at) {
      const touched = new Set([
        ...changedBlobs.all({ repository }),
        ...stagedBlobs.all(repository),
        ...(whole ? goneBlobs.all(repository) : []),
      ]);
      if (whole) removeUnstaged.run(repository);
      removeGone.run({ r: repository });
      takeStaged.run({ repository, at });
      dropStaged.run(repository);
      return touched;
    },
    clear(repository) {
      const blobs = fileBlobs.all(repository);
      clearFiles.run(repository);
      return blobs;
    },
    isReferred: (blob) => isVisible.get(blob) !== undefined || isStaged.get(blob) !== undefined,
    isVisible: (blob) => isVisible.get(blob) !== undefined,
    refreshPaths(blobs, blob) {
      const paths = pathsOf.all(blob, PATHS_PER_BLOB);
      if (paths.length > 0) blobs.setPaths(blob, paths.join('\n'));
    },
  };
}
