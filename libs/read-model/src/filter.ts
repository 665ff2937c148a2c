/** Which memories of an owner a read is about. All parts must hold. */
export interface MemoryFilter {
  readonly tags?: readonly string[] | undefined;
  /** Whether any (default) or all of the tags must be there. */
  readonly tagsMatch?: 'any' | 'all' | undefined;
  readonly type?: string | undefined;
  /** Created at or after, ISO 8601 UTC with milliseconds. */
  readonly after?: string | undefined;
  /** Created before. */
  readonly before?: string | undefined;
}

/** What every read is bound by: whose memories, which of them, and when it is (for expiry). */
export interface ReadScope {
  readonly owner: string;
  readonly filter: MemoryFilter;
  /** Only memories with one of these tags, whatever the filter says: what was shared with the reader. */
  readonly within?: readonly string[] | undefined;
  /** ISO 8601 UTC with milliseconds. */
  readonly now: string;
}

export interface Condition {
  readonly sql: string;
  readonly params: Readonly<Record<string, string | number>>;
}

const NOT_EXPIRED = '(m.expires_at IS NULL OR m.expires_at > :now)';
/** The same for counting: the few that have expired come from their own index, and no row has to be read. */
const NOT_AMONG_EXPIRED = `m.ord NOT IN (SELECT ord FROM memory WHERE owner = :owner AND expires_at IS NOT NULL
                                         AND expires_at <= :now)`;

/** The scope as an SQL condition on `memory AS m`: every read has it inside its query, before any limit. */
export function scopeCondition(
  ownerKey: number,
  { filter, within, now }: ReadScope,
  { counting = false }: { counting?: boolean } = {},
): Condition {
  const terms = ['m.owner = :owner', counting ? NOT_AMONG_EXPIRED : NOT_EXPIRED];
  const params: Record<string, string | number> = { owner: ownerKey, now };
  if (within) {
    terms.push(
      'm.ord IN (SELECT ord FROM memory_tag WHERE owner = :owner AND tag IN (SELECT value FROM json_each(:within)))',
    );
    params['within'] = JSON.stringify(within);
  }
  const tags = [...new Set(filter.tags ?? [])];
  if (tags.length > 0) {
    const all = filter.tagsMatch === 'all';
    terms.push(
      `m.ord IN (SELECT ord FROM memory_tag WHERE owner = :owner AND tag IN (SELECT value FROM json_each(:tags))
                 ${all ? 'GROUP BY ord HAVING count(*) = :tagCount' : ''})`,
    );
    params['tags'] = JSON.stringify(tags);
    if (all) params['tagCount'] = tags.length;
  }
  if (filter.type !== undefined) {
    terms.push('m.type = :type');
    params['type'] = filter.type;
  }
  if (filter.after !== undefined) {
    terms.push('m.created_at >= :after');
    params['after'] = filter.after;
  }
  if (filter.before !== undefined) {
    terms.push('m.created_at < :before');
    params['before'] = filter.before;
  }
  return { sql: terms.join(' AND '), params };
}

/** Whether a scope leaves any of the owner's memories out. */
export function isNarrow({ filter, within }: ReadScope): boolean {
  return (
    within !== undefined ||
    (filter.tags?.length ?? 0) > 0 ||
    filter.type !== undefined ||
    filter.after !== undefined ||
    filter.before !== undefined
  );
}
