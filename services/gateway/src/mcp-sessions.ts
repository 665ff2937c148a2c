import type { Credential } from '@memlane/auth';
import { limit } from '@memlane/contracts';
import {
  WebStandardStreamableHTTPServerTransport as SessionTransport,
  type McpServerFactory,
} from '@modelcontextprotocol/server';
import { LRUCache } from 'lru-cache';
import { randomUUID } from 'node:crypto';
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
  /** The session of this id if it belongs to the credential's key; its idle time begins anew. */
  find(id: string, credential: Credential): SessionTransport | undefined;
  /** A transport for an `initialize` request; it becomes a session once that has been answered. */
  open(credential: Credential, server: ServedServer): Promise<SessionTransport>;
  readonly size: number;
  close(): Promise<void>;
}

const PURGE_EVERY_MS = 60_000;

export function keepMcpSessions(
  bounds = { max: limit('mcp_sessions'), perKey: limit('mcp_sessions_per_key'), idleMs: limit('mcp_session_idle_ms') },
): McpSessions {
  const sessions = new LRUCache<string, McpSession>({
    max: bounds.max,
    ttl: bounds.idleMs,
    updateAgeOnGet: true,
    dispose: ({ transport }) => void transport.close().catch(() => undefined),
  });
  const purge = setInterval(() => sessions.purgeStale(), PURGE_EVERY_MS).unref();

  const makeRoom = (actor: string) => {
    const own = [...sessions.entries()].filter(([, session]) => session.actor === actor);
    // Most recently used first: one key's many sessions push out its own, not those of others.
    for (const [id] of own.slice(bounds.perKey - 1)) sessions.delete(id);
  };

  return {
    get size() {
      return sessions.size;
    },
    find: (id, { owner, actor }) => {
      const session = sessions.peek(id);
      if (session?.owner !== owner || session.actor !== actor) return undefined;
      return sessions.get(id)?.transport;
    },
    open: async ({ owner, actor }, server) => {
      const transport: SessionTransport = new SessionTransport({
        sessionIdGenerator: randomUUID,
        eventStore: keepSessionEvents(),
        onsessioninitialized: (id) => {
          makeRoom(actor);
          sessions.set(id, { transport, owner, actor });
        },
        onsessionclosed: (id) => void sessions.delete(id),
      });
      await server.connect(transport);
      return transport;
    },
    close: async () => {
      clearInterval(purge);
      sessions.clear();
    },
  };
}
