import { ownerKeyOf, prepareOnce, type Db } from '@memlane/projection';

/** Tags that an overview names. */
const TOP_TAGS = 50;
/** Types that an overview names. */
const TOP_TYPES = 50;

export interface OwnerOverview {
  /** Memories that can be found. */
  readonly memories: number;
  readonly expired: number;
  readonly types: readonly { readonly type: string | null; readonly count: number }[];
  readonly tags: readonly { readonly tag: string; readonly count: number }[];
  /** See {@link storedBytes}. */
  readonly bytes: number;
}

/**
 * Bytes of everything that an owner's memories have, in UTF-8: content, type, conversation id, tags and metadata as JSON, of
 * the memories that there are (expired ones too) and of those of their earlier versions that are kept.
 */
export function storedBytes(db: Db, owner: string): number {
  const key = ownerKeyOf(db, owner);
  return (key === undefined ? undefined : totalsOf(db, key)?.bytes) ?? 0;
}

function totalsOf(db: Db, key: number): { memories: number; bytes: number } | undefined {
  return prepareOnce<{ memories: number; bytes: number }>(db, 'SELECT memories, bytes FROM owner WHERE key = ?').get(
    key,
  );
}

/** Counts of one owner. Reads only indexes; the totals are kept up to date by the writer. */
export function overview(db: Db, owner: string, now: string): OwnerOverview {
  const key = ownerKeyOf(db, owner);
  if (key === undefined) return { memories: 0, expired: 0, types: [], tags: [], bytes: 0 };
  const totals = totalsOf(db, key);
  const gone = 'SELECT ord FROM memory WHERE owner = :key AND expires_at IS NOT NULL AND expires_at <= :now';
  const expired = prepareOnce<{ n: number }>(db, `SELECT count(*) AS n FROM (${gone})`).get({ key, now })?.n ?? 0;
  return {
    memories: (totals?.memories ?? 0) - expired,
    expired,
    types: prepareOnce<{ type: string | null; count: number }>(
      db,
      `SELECT type, count(*) AS count FROM memory WHERE owner = :key AND ord NOT IN (${gone})
       GROUP BY type ORDER BY count DESC, type LIMIT ${TOP_TYPES}`,
    ).all({ key, now }),
    tags: prepareOnce<{ tag: string; count: number }>(
      db,
      `SELECT tag, count(*) AS count FROM memory_tag WHERE owner = :key AND ord NOT IN (${gone})
       GROUP BY tag ORDER BY count DESC, tag LIMIT ${TOP_TAGS}`,
    ).all({ key, now }),
    bytes: totals?.bytes ?? 0,
  };
}
