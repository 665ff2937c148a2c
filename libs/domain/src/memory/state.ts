/** What decisions know of one memory: the facts that a decision can depend on, not the memory itself. */
export interface MemoryFacts {
  readonly id: string;
  readonly version: number;
  /** sha256 of the white-space-normalised content, hex. */
  readonly contentHash: string;
  readonly type: string | null;
  /** Sorted, without repetition. */
  readonly tags: readonly string[];
  /** sha256 of the metadata as canonical JSON, hex. */
  readonly metadataHash: string;
  /** ISO 8601 UTC. */
  readonly createdAt: string;
  readonly expiresAt: string | null;
}

/** Conditions that all have to hold. */
export interface MemoryFilter {
  readonly ids?: readonly string[];
  readonly tags?: readonly string[];
  readonly tagsMatch?: 'any' | 'all';
  /** Created at or after, ISO 8601 UTC. */
  readonly after?: string;
  /** Created before, ISO 8601 UTC. */
  readonly before?: string;
  /** Only memories with this tag, whatever the other tags say. */
  readonly within?: string;
}

/** One owner's memories, as far as a decision looks at them. Synchronous: a decision is one step. */
export interface MemoryFactsReader {
  byId(id: string): MemoryFacts | undefined;
  /** The memory with this content, and this tag if one is given, that was stored first and has not expired by `now`. */
  byContentHash(hash: string, now: string, within?: string): MemoryFacts | undefined;
  /** Ids of the memories that a filter matches and that have not expired by `now`, oldest first, at most `max`. */
  matching(filter: MemoryFilter, now: string, max: number): readonly string[];
}

/** Expiry is honoured at the time of the decision: an expired memory is as good as gone. */
export function isExpired({ expiresAt }: Pick<MemoryFacts, 'expiresAt'>, now: string): boolean {
  return expiresAt !== null && expiresAt <= now;
}
