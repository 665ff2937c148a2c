import { limit } from '@memlane/contracts';
import type { Duplex } from 'node:stream';
import { rawAnswer } from './http-errors.js';

/**
 * Answers bytes that are not an HTTP request, or did not arrive in time, and ends the connection. Destroyed at once, the
 * answer might be lost on its way; but nothing else would ever end it when the client does not.
 *
 * @param closeWaitMs for the client to end its side
 */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  closeWaitMs = limit('close_wait_ms'),
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(rawAnswer(error));
  const timer = setTimeout(() => socket.destroy(), closeWaitMs);
  socket.once('close', () => clearTimeout(timer));
}
