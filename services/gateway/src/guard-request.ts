import { bearerToken, type Keyring } from '@memlane/auth';
import { limit, memlaneError } from '@memlane/contracts';
import {
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  validateHostHeader,
  validateOriginHeader,
} from '@modelcontextprotocol/server';
import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { KnownCaller } from './caller.js';

/** Host names that requests may be addressed to and come from. */
export interface AllowedNames {
  readonly hosts: string[];
  readonly origins: string[];
}

/**
 * Loopback names, and those that are allowed beside them.
 *
 * @param extra comma-separated, as in `MEMLANE_ALLOWED_HOSTS`
 */
export function allowedNames(extra: string | undefined): AllowedNames {
  const names = (extra ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  return { hosts: [...localhostAllowedHostnames(), ...names], origins: [...localhostAllowedOrigins(), ...names] };
}

/**
 * Refuses requests to foreign names (DNS rebinding).
 *
 * @throws MemlaneError `MEMLANE_ERR_FORBIDDEN`
 */
export function checkHost(headers: IncomingHttpHeaders, allowed: AllowedNames): void {
  if (!validateHostHeader(headers.host, allowed.hosts).ok)
    throw memlaneError('MEMLANE_ERR_FORBIDDEN', 'this host name is not one of the allowed ones', { field: 'Host' });
}

/**
 * Refuses requests from foreign web pages.
 *
 * @throws MemlaneError `MEMLANE_ERR_FORBIDDEN`
 */
export function checkOrigin(headers: IncomingHttpHeaders, allowed: AllowedNames): void {
  if (!validateOriginHeader(headers.origin, allowed.origins).ok)
    throw memlaneError('MEMLANE_ERR_FORBIDDEN', 'this origin is not one of the allowed ones', { field: 'Origin' });
}

/**
 * Who a request acts for. The answer is the same for a missing, malformed, unknown, wrong, revoked and expired key, and
 * takes the same time, so that it does not tell which prefixes exist.
 *
 * @throws MemlaneError `MEMLANE_ERR_UNAUTHENTICATED`, `MEMLANE_ERR_OVERLOADED`
 */
export async function authenticate(
  headers: IncomingHttpHeaders,
  keyring: Pick<Keyring, 'verify'>,
  correlationId: string,
): Promise<KnownCaller> {
  const since = performance.now();
  const token = bearerToken(headers.authorization);
  const credential = token === undefined ? undefined : await keyring.verify(token);
  if (token === undefined || !credential) {
    if (token !== undefined) await delay(Math.max(0, limit('key_refusal_ms') - (performance.now() - since)));
    throw memlaneError('MEMLANE_ERR_UNAUTHENTICATED', undefined, { field: 'Authorization' });
  }
  return { credential, correlationId, holds: async () => (await keyring.verify(token)) !== undefined };
}
