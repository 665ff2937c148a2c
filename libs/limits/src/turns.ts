import { limit } from '@memlane/contracts';
import { countBusyOwners } from './busy-owners.js';

/** Places that are given to users in turn: who has many requests waiting gets no more of them than who has one. */
export interface Turns {
  /**
   * Waits for a place. Those of one user are given in the order they were asked for.
   *
   * @param signal gives the wait up, e.g. when the client is gone
   */
  take(owner: string, signal?: AbortSignal): Promise<Turn>;
  /** Places that a user has now. */
  takenBy(owner: string): number;
  status(): { readonly running: number; readonly waiting: number };
}

export type Turn =
  | { readonly ok: true; /** Gives the place back. */ readonly release: () => void }
  | { readonly ok: false; readonly reason: NoTurn };

/** Why there is no place: too many requests wait, of all users or of this one, or the wait was too long or given up. */
export type NoTurn = 'full' | 'full-for-owner' | 'late' | 'gone';

export interface TurnsOptions {
  /** Places in all. */
  readonly places: number;
  /** Places that one user may have at once. */
  readonly placesOf: (owner: string) => number;
  /**
   * Places that users who are at work in the same moment share, each having at least one: what somebody does at once is
   * done for others to wait behind, on the same processors. Default: nobody has fewer places because others are at work.
   */
  readonly shared?: number;
  /** Requests that may wait, in all and of one user. */
  readonly waiting: number;
  readonly waitingPerOwner: number;
  /** How long one waits, ms. */
  readonly waitMs: number;
}

interface Waiter {
  readonly settle: (turn: Turn) => void;
}

interface OwnerQueue {
  running: number;
  readonly waiting: Waiter[];
}

export function openTurns(options: TurnsOptions): Turns {
  const { places, placesOf, shared = Infinity, waiting: most, waitingPerOwner, waitMs } = options;
  const busy = countBusyOwners(() => performance.now(), limit('limited_users'));
  /** Users with a place or a request that waits. */
  const owners = new Map<string, OwnerQueue>();
  /** Users who have a request waiting and may have a further place, in the order of their turns. */
  const ready = new Set<string>();
  let running = 0;
  let waiting = 0;

  const mayRun = (owner: string, { running: own }: OwnerQueue) =>
    own < Math.max(1, Math.min(placesOf(owner), Math.floor(shared / busy.count())));

  function start(owner: string, queue: OwnerQueue): Turn {
    running += 1;
    queue.running += 1;
    let released = false;
    return {
      ok: true,
      release: () => {
        if (released) return;
        released = true;
        running -= 1;
        queue.running -= 1;
        serve(owner, queue);
      },
    };
  }

  /** What a user's place that is free again, or a request that is gone, makes possible. */
  function serve(owner: string, queue: OwnerQueue): void {
    settleReadiness(owner, queue);
    for (let [next] = ready; next !== undefined && running < places; [next] = ready) {
      const own = owners.get(next);
      const waiter = own?.waiting.shift();
      ready.delete(next);
      if (!own || !waiter) continue;
      waiting -= 1;
      const turn = start(next, own);
      // Behind all others that wait.
      settleReadiness(next, own);
      waiter.settle(turn);
    }
  }

  function settleReadiness(owner: string, queue: OwnerQueue): void {
    if (queue.waiting.length > 0 && mayRun(owner, queue)) ready.add(owner);
    else ready.delete(owner);
    if (queue.waiting.length === 0 && queue.running === 0) owners.delete(owner);
  }

  function wait(owner: string, queue: OwnerQueue, signal: AbortSignal | undefined): Promise<Turn> {
    return new Promise((resolve) => {
      const giveUp = (reason: NoTurn) => {
        queue.waiting.splice(queue.waiting.indexOf(waiter), 1);
        waiting -= 1;
        settleReadiness(owner, queue);
        waiter.settle({ ok: false, reason });
      };
      const onAbort = () => giveUp('gone');
      const timer = setTimeout(() => giveUp('late'), waitMs);
      const waiter: Waiter = {
        settle: (turn) => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', onAbort);
          resolve(turn);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      queue.waiting.push(waiter);
      waiting += 1;
      settleReadiness(owner, queue);
    });
  }

  return {
    take: async (owner, signal) => {
      if (signal?.aborted) return { ok: false, reason: 'gone' };
      busy.note(owner);
      const queue = owners.get(owner) ?? { running: 0, waiting: [] };
      const atOnce = queue.waiting.length === 0 && running < places && mayRun(owner, queue);
      if (!atOnce && queue.waiting.length >= waitingPerOwner) return { ok: false, reason: 'full-for-owner' };
      if (!atOnce && waiting >= most) return { ok: false, reason: 'full' };
      owners.set(owner, queue);
      return atOnce ? start(owner, queue) : wait(owner, queue, signal);
    },
    takenBy: (owner) => owners.get(owner)?.running ?? 0,
    status: () => ({ running, waiting }),
  };
}
