import { codeUrisIn } from '@memlane/contracts';
import type { Db } from '@memlane/projection';

/** Which places in code memories name, by repository, path and name. */
export interface CodeLinkTable {
  /** Takes up what a memory, as it is now, names. */
  set(ord: number): void;
  /** Forgets what a memory named. */
  clear(ord: number): void;
}

export function openCodeLinkTable(db: Db): CodeLinkTable {
  const memory = db.prepare<[number], { owner: number; content: string; metadata: string }>(
    'SELECT owner, content, metadata FROM memory WHERE ord = ?',
  );
  const insert = db.prepare(
    'INSERT INTO memory_code_link (owner, repository, path, ord, uri, name) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const clear = db.prepare('DELETE FROM memory_code_link WHERE ord = ?');
  return {
    set(ord) {
      const row = memory.get(ord);
      const uris = row && codeUrisIn([row.content, ...stringsIn(JSON.parse(row.metadata))].join('\n'));
      for (const [uri, { repository, path, symbol }] of uris ?? [])
        insert.run(row?.owner, repository, path, ord, uri, symbol === undefined ? null : lastNameOf(symbol));
    },
    clear: (ord) => void clear.run(ord),
  };
}

/** `open` of `Store.open`: what a definition is called where it is defined. */
function lastNameOf(symbol: string): string {
  return symbol.split(/::|->|[.#\\/]/u).findLast((part) => part !== '') ?? symbol;
}

/** Every text in the metadata of a memory, whose depth is bounded. */
function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}
