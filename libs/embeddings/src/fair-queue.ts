/** Items that wait, taken user by user: who has many waiting gets no more turns than who has one. */
export interface FairQueue<T> {
  push(owner: string, item: T): void;
  /** The item whose turn it is. */
  peek(): T | undefined;
  /** Ends the turn of the item's user; `isDone` takes the item out, otherwise it keeps its place before the user's others. */
  pass(isDone: boolean): void;
  /** What of one user waits. */
  of(owner: string): readonly T[];
  [Symbol.iterator](): Iterator<T>;
}

export function openFairQueue<T>(): FairQueue<T> {
  /** In the order of their turns; a user without an item is not in it. */
  const waiting = new Map<string, T[]>();
  return {
    push: (owner, item) => {
      const own = waiting.get(owner);
      if (own) own.push(item);
      else waiting.set(owner, [item]);
    },
    peek: () => {
      const [own] = waiting.values();
      return own?.[0];
    },
    pass: (isDone) => {
      const [first] = waiting;
      if (!first) return;
      const [owner, own] = first;
      if (isDone) own.shift();
      waiting.delete(owner);
      if (own.length > 0) waiting.set(owner, own);
    },
    of: (owner) => waiting.get(owner) ?? [],
    *[Symbol.iterator]() {
      for (const own of waiting.values()) yield* own;
    },
  };
}
