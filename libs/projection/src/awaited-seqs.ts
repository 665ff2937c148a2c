/** So many are kept; beyond them the largest are let go, which may be of commits that never come. */
const KEPT = 64;

/** Sequences that somebody waits for. */
export interface AwaitedSeqs {
  add(seq: number): void;
  /** Whether one of them is not beyond a sequence. */
  isReachedBy(seq: number): boolean;
  /** Lets go of all up to a sequence. */
  forget(seq: number): void;
}

export function keepAwaitedSeqs(): AwaitedSeqs {
  let seqs: number[] = [];
  return {
    add(seq) {
      if (!seqs.includes(seq)) seqs = [...seqs, seq].sort((a, b) => a - b).slice(0, KEPT);
    },
    isReachedBy: (seq) => (seqs[0] ?? Infinity) <= seq,
    forget(seq) {
      seqs = seqs.filter((awaited) => awaited > seq);
    },
  };
}
