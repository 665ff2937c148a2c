import { limit, memlaneError, type MemlaneError } from '@memlane/contracts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * What the answers hold that are not read yet: a client that asks and does not read has them kept in the memory of this
 * gateway, outside of every queue that is bounded.
 */
export interface UnreadAnswers {
  /**
   * Asked before anything is done for a user. When all of it is used up, a user who has read everything is still let in.
   *
   * @throws MemlaneError `MEMLANE_ERR_OVERLOADED` when the user leaves as much unread as may be
   */
  check(owner: string): void;
  /** Follows the answer to a request until it is written to its connection, or that is gone. */
  follow(owner: string, request: IncomingMessage, response: ServerResponse): UnreadAnswer;
}

/** The answer to one request. */
export interface UnreadAnswer {
  /**
   * Says that an operation begins whose result is part of the answer. The result is called at its end, and gives the
   * place of the operation back once the answer is read, or at once while others of the same answer still run.
   */
  begin(): (leave: () => void) => void;
  /**
   * Counts what is about to become part of the answer.
   *
   * @throws MemlaneError `MEMLANE_ERR_OVERLOADED` when that would be too much
   */
  reserve(bytes: number): void;
  /** Counts the answer as it is handed to the connection; cuts that off when the client reads nothing of it for long. */
  hold(bytes: number): void;
}

export interface UnreadBounds {
  readonly bytesPerUser: number;
  readonly bytes: number;
  readonly stallMs: number;
}

export function boundUnreadAnswers(
  bounds: UnreadBounds = {
    bytesPerUser: limit('unread_bytes_per_user'),
    bytes: limit('unread_bytes'),
    stallMs: limit('answer_stall_ms'),
  },
): UnreadAnswers {
  const heldBy = new Map<string, number>();
  const answersOn = new WeakMap<Socket, Set<() => void>>();
  let heldInAll = 0;

  const count = (owner: string, bytes: number) => {
    const held = (heldBy.get(owner) ?? 0) + bytes;
    if (held === 0) heldBy.delete(owner);
    else heldBy.set(owner, held);
    heldInAll += bytes;
  };

  /** One listener for all answers of a connection: many requests may be sent before the first answer is read. */
  const endWith = (socket: Socket): Set<() => void> => {
    const known = answersOn.get(socket);
    if (known) return known;
    const ends = new Set<() => void>();
    answersOn.set(socket, ends);
    socket.once('close', () => {
      for (const end of [...ends]) end();
    });
    return ends;
  };

  return {
    check: (owner) => {
      const held = heldBy.get(owner) ?? 0;
      if (held >= bounds.bytesPerUser) throw tooMuchUnread('unread_bytes_per_user', bounds.bytesPerUser);
      if (held > 0 && heldInAll >= bounds.bytes) throw tooMuchUnread('unread_bytes', bounds.bytes);
    },
    follow: (owner, { socket }, response) => {
      const onSocket = endWith(socket);
      const leaves: (() => void)[] = [];
      let held = 0;
      let running = 0;
      let isOver = false;
      let isWatched = false;
      const hold = (bytes: number) => {
        if (isOver || bytes <= held) return;
        count(owner, bytes - held);
        held = bytes;
      };
      const end = () => {
        if (isOver) return;
        isOver = true;
        onSocket.delete(end);
        count(owner, -held);
        for (const leave of leaves) leave();
      };
      onSocket.add(end);
      response.once('close', end);
      if (socket.destroyed) end();
      return {
        begin: () => {
          running += 1;
          return (leave) => {
            running -= 1;
            if (isOver || running > 0) leave();
            else leaves.push(leave);
          };
        },
        reserve: (bytes) => {
          if ((heldBy.get(owner) ?? 0) + bytes > bounds.bytesPerUser)
            throw tooMuchUnread('unread_bytes_per_user', bounds.bytesPerUser);
          if (heldInAll + bytes > bounds.bytes) throw tooMuchUnread('unread_bytes', bounds.bytes);
          hold(held + bytes);
        },
        hold: (bytes) => {
          hold(bytes);
          if (isWatched) return;
          isWatched = true;
          // Called when nothing was read or written for that long: of an answer that goes on later nothing need wait.
          response.setTimeout(bounds.stallMs, () => {
            if (socket.writableLength > 0) socket.destroy();
          });
        },
      };
    },
  };
}

function tooMuchUnread(name: 'unread_bytes_per_user' | 'unread_bytes', max: number): MemlaneError {
  return memlaneError('MEMLANE_ERR_OVERLOADED', 'too much that was answered is not read yet', {
    limit: max,
    retry_after_seconds: 1,
    details: { limit_name: name },
  });
}
