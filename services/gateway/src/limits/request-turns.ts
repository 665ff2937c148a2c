import { limit, memlaneError } from '@memlane/contracts';
import { openTurns } from '@memlane/limits';

/**
 * Lets requests begin user by user, one in each turn of the event loop. To read and check a request takes the processor
 * for a millisecond or more; without turns a hundred of one user that arrive together are worked through before the one
 * of somebody else that arrives a moment later. Where nothing waits, a request begins at once.
 */
export interface RequestTurns {
  /**
   * Waits until a request of this user may begin.
   *
   * @throws MemlaneError `MEMLANE_ERR_RATE_LIMITED`, `MEMLANE_ERR_OVERLOADED`: nothing was read
   */
  begin(owner: string): Promise<void>;
}

export function openRequestTurns(): RequestTurns {
  const turns = openTurns({
    places: 1,
    placesOf: () => 1,
    waiting: limit('requests_waiting'),
    waitingPerOwner: limit('requests_waiting_per_user'),
    // What may wait at all gets its turn: to refuse it late would only bring it back.
    waitMs: limit('request_wait_ms'),
  });
  return {
    begin: async (owner) => {
      const turn = await turns.take(owner);
      // What a request does at its beginning comes before the next immediate.
      if (turn.ok) setImmediate(turn.release);
      else throw turn.reason === 'full-for-owner' ? tooManyOfUser() : tooMany();
    },
  };
}

function tooManyOfUser() {
  return memlaneError(
    'MEMLANE_ERR_RATE_LIMITED',
    'too many requests of this user wait already',
    refusal('requests_waiting_per_user'),
  );
}

function tooMany() {
  return memlaneError('MEMLANE_ERR_OVERLOADED', undefined, refusal('requests_waiting'));
}

function refusal(name: 'requests_waiting' | 'requests_waiting_per_user') {
  return { limit: limit(name), retry_after_seconds: RETRY_AFTER_SECONDS, details: { limit_name: name } };
}

const RETRY_AFTER_SECONDS = 1;
