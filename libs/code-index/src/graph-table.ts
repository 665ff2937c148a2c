import type { Db } from '@memlane/projection';
import type { GraphChange } from './graph-change.js';

/** Who refers to whom in repositories, and how their files rank by it. */
export interface GraphTable {
  /**
   * Brings the graph of a repository up to its files, which are visible by now.
   *
   * @param change `undefined`: there is none, all files rank alike
   */
  apply(repository: number, change: GraphChange | undefined): void;
  clear(repository: number): void;
}

export function openGraphTable(db: Db): GraphTable {
  const write = db.prepare(
    `INSERT INTO file_graph (repository, path, imports, links, uses) VALUES (@repository, @path, @imports, @links, @uses)
     ON CONFLICT DO UPDATE SET imports = excluded.imports, links = excluded.links, uses = excluded.uses`,
  );
  const remove = db.prepare('DELETE FROM file_graph WHERE repository = ? AND path = ?');
  const clear = db.prepare('DELETE FROM file_graph WHERE repository = ?');
  const unrankAll = db.prepare('UPDATE file SET rank = 0 WHERE repository = ?');
  const unrankSkipped = db.prepare('UPDATE file SET rank = 0 WHERE repository = ? AND rank <> 0 AND blob IS NULL');
  const rank = db.prepare('UPDATE file SET rank = ? WHERE repository = ? AND path = ?');
  return {
    apply(repository, change) {
      if (!change) {
        clear.run(repository);
        unrankAll.run(repository);
        return;
      }
      const { ranks, rows, gone } = change;
      for (const path of gone) remove.run(repository, path);
      for (const row of rows) write.run({ repository, ...row });
      // A file that was indexed may be skipped now.
      unrankSkipped.run(repository);
      for (const [path, value] of ranks) rank.run(value, repository, path);
    },
    clear: (repository) => void clear.run(repository),
  };
}
