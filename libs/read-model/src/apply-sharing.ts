import type { SharingEvent } from '@memlane/contracts';
import type { Db } from '@memlane/projection';

/** Writes who has access to which space of an owner. */
export interface SharingApplier {
  /** @param at when the commit was decided, ISO 8601 UTC */
  apply(owner: number, event: SharingEvent, at: string): void;
}

export function openSharingApplier(db: Db): SharingApplier {
  const write = db.prepare('INSERT OR REPLACE INTO share (owner, tag, grantee, access, at) VALUES (?, ?, ?, ?, ?)');
  const remove = db.prepare('DELETE FROM share WHERE owner = ? AND tag = ? AND grantee = ?');
  return {
    apply(owner, { type, data }, at) {
      if (type === 'space-shared') write.run(owner, data.tag, data.grantee, data.access, at);
      else remove.run(owner, data.tag, data.grantee);
    },
  };
}
