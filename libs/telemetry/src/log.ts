import type { Env } from '@memlane/contracts';
import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/**
 * One JSON line per record on standard output. Never pass content, queries, keys or other user data to it.
 *
 * @param service name of the process, e.g. `gateway`
 */
export function createLogger(service: string, level: Env['MEMLANE_LOG_LEVEL']): Logger {
  // Written at once: what is still to be written when the process ends is tried for ever when nobody reads it any more.
  const output = pino.destination({ sync: true });
  return pino({ level, base: { service }, timestamp: pino.stdTimeFunctions.isoTime }, output);
}
