import { MemlaneError, memlaneError } from '@memlane/contracts';
import { createMcpHandler, type McpServerFactory, type ServerEventBus } from '@modelcontextprotocol/server';
import { toAuthInfo, type Caller } from './caller.js';
import { changedUris } from './changed-uris.js';
import type { LiveFeeds } from './live-feed.js';
import { refusalOfSubscription } from './serve-subscriptions.js';

/** A `subscriptions/listen` request that is served. */
export interface ListenExchange {
  readonly response: Response;
  /** Tells the client that no more comes, and ends the answer. */
  readonly finish: () => void;
}

/** Whether a JSON-RPC request asks to listen. */
export function isListenRequest(body: unknown): boolean {
  return (body as { method?: unknown } | null)?.method === 'subscriptions/listen';
}

/**
 * Serves one `subscriptions/listen` of 2026-07-28. The SDK's own router delivers an event to whoever names its URI, so each
 * request gets a bus of its own, on which nothing but the changes of its caller are published.
 *
 * @throws MemlaneError when the caller may not listen, names what is no memory, or too many
 */
export async function listenToChanges(
  feeds: LiveFeeds,
  makeServer: McpServerFactory,
  { request, body, caller }: { readonly request: Request; readonly body: unknown; readonly caller: Caller },
): Promise<ListenExchange> {
  const refusal = refusalOfSubscription(caller, urisIn(body));
  if (refusal) throw refusal;
  const listeners = new Set<Parameters<ServerEventBus['subscribe']>[0]>();
  const stop = await feeds
    .listen(caller.credential.owner, (message) => {
      for (const uri of changedUris(message)) for (const tell of listeners) tell({ kind: 'resource_updated', uri });
    })
    .catch((cause: unknown) => {
      throw new MemlaneError(memlaneError('MEMLANE_ERR_UNAVAILABLE').body, { cause });
    });
  const bus: ServerEventBus = {
    publish: () => undefined,
    subscribe: (tell) => {
      listeners.add(tell);
      return () => {
        listeners.delete(tell);
        stop();
      };
    },
  };
  const handler = createMcpHandler(makeServer, { legacy: 'reject', bus, keepAliveMs: 0 });
  const response = await handler.fetch(request, { authInfo: toAuthInfo(caller), parsedBody: body });
  if (listeners.size === 0) stop();
  return { response, finish: () => void handler.close() };
}

function urisIn(body: unknown): string[] {
  const { params } = body as { params?: { notifications?: { resourceSubscriptions?: unknown } } };
  const uris = params?.notifications?.resourceSubscriptions;
  return Array.isArray(uris) ? uris.map(String) : [];
}
