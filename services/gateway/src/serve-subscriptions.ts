import { allows } from '@memlane/auth';
import { limit, memlaneError, type MemlaneError } from '@memlane/contracts';
import { ProtocolError, ProtocolErrorCode, type Server, type ServerContext } from '@modelcontextprotocol/server';
import { callerOf, type Caller } from './caller.js';
import { memoryIdOf } from './memory-uri.js';
import { lacksScope } from './scope-refusal.js';
import type { SessionSubscriptions } from './session-subscriptions.js';

/**
 * What keeps a caller from hearing of changes; `undefined`: nothing. Whether a memory exists is not asked, so that it is
 * not told either: of what is not the caller's own nothing is heard.
 *
 * @param count how many resources it would listen to
 */
export function refusalOfSubscription(
  { credential }: Caller,
  uris: readonly string[],
  count = uris.length,
): MemlaneError | undefined {
  const max = limit('mcp_subscribed_resources');
  if (!allows(credential, 'memory:read')) return lacksScope('memory:read');
  if (uris.some((uri) => memoryIdOf(uri) === undefined))
    return memlaneError('MEMLANE_ERR_INVALID_INPUT', 'uri: is not the URI of a memory', { field: 'uri' });
  if (count > max)
    return memlaneError('MEMLANE_ERR_INVALID_INPUT', `uri: more than ${max} resources`, { field: 'uri', limit: max });
  return undefined;
}

/** Serves `resources/subscribe` and `resources/unsubscribe` of the 2025 revisions. */
// eslint-disable-next-line @typescript-eslint/no-deprecated -- see mcp-server.ts
export function serveSubscriptions(server: Server, subscriptions: SessionSubscriptions): void {
  server.setRequestHandler('resources/subscribe', async ({ params: { uri } }, context) => {
    const session = sessionIn(context);
    const count = subscriptions.countBeside(session, uri) + 1;
    const refusal = refusalOfSubscription(callerOf(context.http?.authInfo), [uri], count);
    if (refusal) throw new ProtocolError(ProtocolErrorCode.InvalidParams, refusal.message, { error: refusal.body });
    await subscriptions.subscribe(session, uri).catch(() => {
      const { body } = memlaneError('MEMLANE_ERR_UNAVAILABLE');
      throw new ProtocolError(ProtocolErrorCode.InternalError, body.message, { error: body });
    });
    return {};
  });
  server.setRequestHandler('resources/unsubscribe', ({ params: { uri } }, context) => {
    subscriptions.unsubscribe(sessionIn(context), uri);
    return {};
  });
}

/** @throws Error without a session: in the revision that has none, the SDK lets no such request through */
function sessionIn({ sessionId }: ServerContext): string {
  if (sessionId === undefined) throw new Error('a subscription without a session');
  return sessionId;
}
