import { MemlaneError, memlaneError } from '@memlane/contracts';
import { createMcpHandler, type McpServerFactory, type ServerEventBus } from '@modelcontextprotocol/server';
import { toAuthInfo, type Caller } from './caller.js';
import { changedUris } from './changed-uris.js';
import type { EventStream } from './event-stream.js';
import type { LiveFeeds } from './live-feed.js';
import { refusalOfSubscription } from './serve-subscriptions.js';
import { tellWhenRoom } from './tell-when-room.js';

/** A `subscriptions/listen` request, and the stream that its answer goes to. */
export interface ListenRequest {
  readonly request: Request;
  readonly body: unknown;
  readonly caller: Caller;
  readonly stream: EventStream;
}

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
  { request, body, caller, stream }: ListenRequest,
): Promise<ListenExchange> {
  const uris = urisIn(body);
  const refusal = refusalOfSubscription(caller, uris);
  if (refusal) throw refusal;
  const wanted = new Set(uris);
  const listeners = new Set<Parameters<ServerEventBus['subscribe']>[0]>();
  const tell = tellWhenRoom(stream, (uri) => {
    for (const listener of listeners) listener({ kind: 'resource_updated', uri });
  });
  const stop = await feeds
    .listen(caller.credential.owner, (message) => {
      for (const uri of changedUris(message)) if (wanted.has(uri)) tell(uri);
    })
    .catch((cause: unknown) => {
      throw new MemlaneError(memlaneError('MEMLANE_ERR_UNAVAILABLE').body, { cause });
    });
  const bus: ServerEventBus = {
    publish: () => undefined,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
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
  // Not `String(uri)`: what a client sends may have a `toString` of its own, which is no function.
  return Array.isArray(uris) ? uris.map((uri: unknown) => (typeof uri === 'string' ? uri : '')) : [];
}
