import { allows } from '@memlane/auth';
import {
  eventsQuery,
  JOB_PROGRESS,
  kindOfAggregate,
  live,
  MemlaneError,
  parseInput,
  scopeOfChanges,
  type Scope,
} from '@memlane/contracts';
import { positionOf, type EventLog, type LogMessage } from '@memlane/event-log';
import type { Logger } from '@memlane/telemetry';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from './caller.js';
import { describeCommit } from './describe-commit.js';
import { followCommits, startAfter } from './follow-commits.js';
import type { LiveFeeds } from './live-feed.js';
import type { OpenStreams } from './open-streams.js';
import { lacksScope, mayHearChanges } from './scope-refusal.js';
import { sendEventStream } from './send-event-stream.js';

/** Where a user's changes are streamed. */
export const EVENTS_PATH = '/events';

export interface EventsParts {
  readonly log: EventLog;
  readonly feeds: LiveFeeds;
  readonly streams: OpenStreams;
}

/** How long a client waits before it connects again, as server-sent events carry it. */
const RECONNECT_MS = 1_000;

/** Serves an owner's own changes as server-sent events (WHATWG HTML, §9.2). */
export function serveEvents(
  app: FastifyInstance,
  { log, feeds, streams }: EventsParts,
  callerOfRequest: (request: FastifyRequest) => Caller,
  logger: Logger,
): void {
  app.route({
    method: 'GET',
    url: EVENTS_PATH,
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      const caller = callerOfRequest(request);
      const { credential } = caller;
      const { owner } = credential;
      const mayHear = (scope: Scope) => allows(credential, scope);
      if (!mayHearChanges(credential)) throw lacksScope('memory:read');
      const query = parseInput(eventsQuery, request.query);
      if (!query.ok) throw new MemlaneError(query.error);
      const types = query.value.types && new Set(query.value.types);
      const afterSeq = await startAfter(log, owner, lastEventId(request));

      const stream = streams.open(caller);
      const begin = positionOf(log, owner, afterSeq);
      stream.write(`retry: ${RECONNECT_MS}\n${renderEvent('ready', begin, { position: begin })}`);
      const hear = (message: LogMessage) => {
        const kind = kindOfAggregate(message.aggregate);
        if (!kind || !mayHear(scopeOfChanges[kind])) return;
        const commit = message.readCommit();
        const description = commit && describeCommit(commit, message.aggregate, types);
        if (!description) return;
        const position = positionOf(log, owner, message.seq);
        stream.write(renderEvent('commit', position, { position, ...description }));
      };
      if (!stream.ended.aborted && mayHear(scopeOfChanges.repo) && (types?.has(JOB_PROGRESS) ?? true)) {
        const heard = log.nc.subscribe(live.jobProgress(owner), {
          callback: (error, message) => {
            // Progress is told again soon; it does not pile up for who does not read.
            if (!error && stream.hasRoom()) stream.write(`event: job\ndata: ${message.string()}\n\n`);
          },
        });
        stream.ended.addEventListener('abort', () => heard.unsubscribe(), { once: true });
      }
      const follower = { hear, hasRoom: stream.hasRoom, ready: stream.drained, ended: stream.ended };
      followCommits({ log, feeds }, owner, afterSeq, follower).catch((error: unknown) => {
        if (!(error instanceof MemlaneError)) logger.error({ err: error, correlationId: request.id }, 'defect');
        // The client connects again, and goes on where this stream ended.
        stream.end();
      });
      return sendEventStream(reply, stream);
    },
  });
}

function lastEventId({ headers }: FastifyRequest): string | undefined {
  const value = headers['last-event-id'];
  return Array.isArray(value) ? value.join(',') : value;
}

function renderEvent(event: 'ready' | 'commit', id: string, data: unknown): string {
  return `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}
