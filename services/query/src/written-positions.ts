/** The last write of each owner, bounded in number; of owners that do not fit, the latest write of their partition. */
export interface WrittenPositions {
  /** Sequence of the partition's stream that a read of the owner must include; 0 for none. */
  of(owner: string, partition: number): number;
  /** The owner wrote up to this sequence. */
  advance(owner: string, partition: number, seq: number): void;
  /** Anybody may have written up to this sequence. */
  raise(partition: number, seq: number): void;
}

/** @param max owners that are remembered one by one */
export function rememberWrites(max: number): WrittenPositions {
  // In the order of their last write: a map keeps it.
  const owners = new Map<string, { readonly partition: number; readonly seq: number }>();
  const floors = new Map<number, number>();

  const floor = (partition: number) => floors.get(partition) ?? 0;
  const raise = (partition: number, seq: number) => {
    floors.set(partition, Math.max(floor(partition), seq));
  };
  return {
    of: (owner, partition) => Math.max(floor(partition), owners.get(owner)?.seq ?? 0),
    advance: (owner, partition, seq) => {
      const known = owners.get(owner)?.seq ?? 0;
      owners.delete(owner);
      owners.set(owner, { partition, seq: Math.max(known, seq) });
      for (const [oldest, last] of owners) {
        if (owners.size <= max) break;
        owners.delete(oldest);
        raise(last.partition, last.seq);
      }
    },
    raise,
  };
}
