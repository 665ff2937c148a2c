import type { Credential } from '@memlane/auth';
import { limit } from '@memlane/contracts';
import {
  WebStandardStreamableHTTPServerTransport as SessionTransport,
  type McpServerFactory,
} from '@modelcontextprotocol/server';
import { LRUCache } from 'lru-cache';
import { newSessionId, revisionOfSession } from './session-id.js';
import { keepSessionEvents } from './session-events.js';

/** An MCP server as the SDK serves it. */
export type ServedServer = Awaited<ReturnType<McpServerFactory>>;

/** A session of the 2025 revisions. It belongs to the key that began it and proves nothing about anybody. */
interface McpSession {
  readonly transport: SessionTransport;
  readonly owner: string;
  readonly actor: string;
}

/** The sessions of this gateway, bounded in number, per key and in idle time. */
export interface McpSessions {
  /**
   * The session of this id if it belongs to the credential's key; its idle time begins anew. One that another gateway
   * began, or that was pushed out here, is taken up: its id says all that there is to know.
   */
  find(id: string, credential: Credential, makeServer: () => ServedServer): Promise<SessionTransport | undefined>;
  /** A transport for an `initialize` request; it becomes a session once that has been answered. */
  open(credential: Credential, server: ServedServer, revision: string): Promise<SessionTransport>;
  /** Another gateway was told that a session has ended. */
  end(id: string): void;
  readonly size: number;
  close(): Promise<void>;
}

export interface SessionSettings {
  /** Seals the ids; the same for all gateways. */
  readonly secret: Uint8Array;
  /** Tells the other gateways that a client has ended its session. */
  readonly onEnd?: (id: string) => void;
  readonly max?: number;
  readonly perKey?: number;
  readonly idleMs?: number;
}

const PURGE_EVERY_MS = 60_000;

export function keepMcpSessions(settings: SessionSettings): McpSessions {
  const { secret, onEnd } = settings;
  const max = settings.max ?? limit('mcp_sessions');
  const perKey = settings.perKey ?? limit('mcp_sessions_per_key');
  const ttl = settings.idleMs ?? limit('mcp_session_idle_ms');
  const sessions = new LRUCache<string, McpSession>({
    max,
    ttl,
    updateAgeOnGet: true,
    dispose: ({ transport }) => void transport.close().catch(() => undefined),
  });
  /** Ended by their clients: not to be taken up again. */
  const ended = new LRUCache<string, true>({ max, ttl });
  const resuming = new Map<string, Promise<SessionTransport>>();
  const purge = setInterval(() => sessions.purgeStale(), PURGE_EVERY_MS).unref();

  const makeRoom = (actor: string) => {
    const own = [...sessions.entries()].filter(([, session]) => session.actor === actor);
    // Most recently used first: one key's many sessions push out its own, not those of others.
    for (const [id] of own.slice(perKey - 1)) sessions.delete(id);
  };
  const end = (id: string) => {
    ended.set(id, true);
    sessions.delete(id);
  };
  const begin = async ({ owner, actor }: Credential, server: ServedServer, id: string): Promise<SessionTransport> => {
    const transport: SessionTransport = new SessionTransport({
      sessionIdGenerator: () => id,
      eventStore: keepSessionEvents(),
      onsessioninitialized: () => {
        makeRoom(actor);
        sessions.set(id, { transport, owner, actor });
      },
      onsessionclosed: () => {
        end(id);
        onEnd?.(id);
      },
    });
    await server.connect(transport);
    return transport;
  };
  const resume = async (credential: Credential, server: ServedServer, id: string, revision: string) => {
    const transport = await begin(credential, server, id);
    await repeatInitialize(transport, id, revision);
    return transport;
  };

  return {
    get size() {
      return sessions.size;
    },
    find: async (id, credential, makeServer) => {
      const revision = revisionOfSession(secret, credential, id);
      if (revision === undefined || ended.has(id)) return undefined;
      const known = sessions.get(id)?.transport ?? resuming.get(id);
      if (known) return known;
      const resumed = resume(credential, makeServer(), id, revision).finally(() => resuming.delete(id));
      resuming.set(id, resumed);
      return resumed;
    },
    open: (credential, server, revision) => begin(credential, server, newSessionId(secret, credential, revision)),
    end,
    close: async () => {
      clearInterval(purge);
      sessions.clear();
    },
  };
}

/** Does to a new transport what the client did to the one that is out of reach. */
async function repeatInitialize(transport: SessionTransport, id: string, revision: string): Promise<void> {
  const post = async (method: string, rest: Record<string, unknown>) => {
    const headers = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
    const named = method === 'initialize' ? headers : { ...headers, 'mcp-session-id': id };
    const request = new Request('http://localhost/mcp', { method: 'POST', headers: named });
    const answer = await transport.handleRequest(request, { parsedBody: { jsonrpc: '2.0', method, ...rest } });
    await answer.text();
  };
  const clientInfo = { name: 'resumed', version: '0' };
  await post('initialize', { id: 0, params: { protocolVersion: revision, capabilities: {}, clientInfo } });
  await post('notifications/initialized', {});
}
