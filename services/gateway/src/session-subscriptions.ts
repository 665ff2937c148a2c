import { limit, live } from '@memlane/contracts';
import type { LogMessage } from '@memlane/event-log';
import type { NatsConnection } from '@nats-io/nats-core';
import { LRUCache } from 'lru-cache';
import { changedUris } from './changed-uris.js';
import type { LiveFeeds } from './live-feed.js';

/**
 * What the sessions of the 2025 revisions listen to. A request of a session may come to any gateway, and its stream may be
 * at another one: so all of them hear of every subscription, and the one that has the stream delivers.
 */
export interface SessionSubscriptions {
  /** Resolves when changes from now on are delivered, if the session's stream is at this gateway. */
  subscribe(sessionId: string, uri: string): Promise<void>;
  unsubscribe(sessionId: string, uri: string): void;
  /** How many resources a session listens to, beside this one. */
  countBeside(sessionId: string, uri: string): number;
  /**
   * The stream of a session is at this gateway.
   *
   * @returns how to say that it no longer is
   */
  attach(sessionId: string, owner: string, tell: (uri: string) => void): () => void;
}

interface Subscribed {
  readonly uris: Set<string>;
  stream?: { readonly owner: string; readonly tell: (uri: string) => void };
  listening?: Promise<() => void>;
}

/** Body of a notice between gateways. */
interface SubscriptionNotice {
  readonly session: string;
  readonly uri: string;
  readonly on: boolean;
}

export function shareSubscriptions(nc: NatsConnection, feeds: LiveFeeds): SessionSubscriptions {
  const stopListening = (session: Subscribed) => {
    void session.listening?.then((stop) => stop()).catch(() => undefined);
    delete session.listening;
  };
  const sessions = new LRUCache<string, Subscribed>({
    max: limit('mcp_sessions'),
    ttl: limit('mcp_session_idle_ms'),
    updateAgeOnGet: true,
    dispose: stopListening,
  });
  const sessionOf = (id: string): Subscribed => {
    const known = sessions.get(id);
    if (known) return known;
    const session: Subscribed = { uris: new Set() };
    sessions.set(id, session);
    return session;
  };
  /** Listens while there is something to listen to, and somebody to tell. */
  const listenAsNeeded = async (session: Subscribed): Promise<void> => {
    const { stream, uris } = session;
    if (!stream || uris.size === 0) return stopListening(session);
    session.listening ??= feeds.listen(stream.owner, (message: LogMessage) => {
      for (const uri of changedUris(message)) if (uris.has(uri)) session.stream?.tell(uri);
    });
    try {
      await session.listening;
    } catch (error) {
      delete session.listening;
      throw error;
    }
  };
  const apply = ({ session: id, uri, on }: SubscriptionNotice): Promise<void> => {
    const session = sessionOf(id);
    if (!on) session.uris.delete(uri);
    else if (session.uris.size < limit('mcp_subscribed_resources')) session.uris.add(uri);
    return listenAsNeeded(session);
  };
  const announce = (notice: SubscriptionNotice) => nc.publish(live.sessionSubscription, JSON.stringify(notice));

  nc.subscribe(live.sessionSubscription, {
    callback: (error, message) => {
      if (!error) apply(message.json<SubscriptionNotice>()).catch(() => undefined);
    },
  });

  return {
    subscribe: async (session, uri) => {
      const notice = { session, uri, on: true };
      await apply(notice);
      announce(notice);
    },
    unsubscribe: (session, uri) => {
      const notice = { session, uri, on: false };
      void apply(notice).catch(() => undefined);
      announce(notice);
    },
    countBeside: (session, uri) => {
      const uris = sessions.get(session)?.uris;
      return (uris?.size ?? 0) - (uris?.has(uri) ? 1 : 0);
    },
    attach: (id, owner, tell) => {
      const session = sessionOf(id);
      const stream = { owner, tell };
      session.stream = stream;
      listenAsNeeded(session).catch(() => undefined);
      return () => {
        if (session.stream !== stream) return;
        delete session.stream;
        stopListening(session);
      };
    },
  };
}
