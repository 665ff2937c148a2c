import type { FeedItem } from '@memlane/event-log';

/** A commit with what was prepared for it. */
export type PreparedItem<Prepared = undefined> = FeedItem & { readonly prepared: Prepared };

/** Commits that are prepared at once; bounds what waits in memory for those before it. */
const AHEAD = 4;

type Pulled = { readonly is: 'item'; readonly item: FeedItem } | { readonly is: 'end'; readonly error?: unknown };

/**
 * Prepares commits while those before them are still being prepared or applied, and gives them out in order.
 *
 * @throws what `prepare` rejects with, or what broke the feed, after everything before it
 */
export async function* prepareAhead<Prepared>(
  feed: AsyncIterable<FeedItem>,
  prepare: (item: FeedItem) => Promise<Prepared>,
): AsyncGenerator<PreparedItem<Prepared>> {
  const iterator = feed[Symbol.asyncIterator]();
  const pull = (): Promise<Pulled> =>
    iterator.next().then(
      (next) => (next.done === true ? { is: 'end' } : { is: 'item', item: next.value }),
      (error: unknown) => ({ is: 'end', error }),
    );
  const queue: Promise<PreparedItem<Prepared>>[] = [];
  let pulling = pull();
  let end: Extract<Pulled, { is: 'end' }> | undefined;

  try {
    for (;;) {
      const [head] = queue;
      if (end && !head) {
        if ('error' in end) throw end.error;
        return;
      }
      const ready = head?.then(
        () => 'ready' as const,
        () => 'ready' as const,
      );
      const first = end || queue.length >= AHEAD ? 'ready' : await (ready ? Promise.race([ready, pulling]) : pulling);
      if (first === 'ready') {
        void queue.shift();
        if (head) yield await head;
      } else if (first.is === 'end') end = first;
      else {
        const { item } = first;
        const prepared = prepare(item).then((value) => ({ ...item, prepared: value }));
        // It is waited for in its turn.
        prepared.catch(() => undefined);
        queue.push(prepared);
        pulling = pull();
      }
    }
  } finally {
    // Nobody reads on: without this the feed would wait for ever to be told that it is closed.
    void pulling.then(() => iterator.return?.());
  }
}
