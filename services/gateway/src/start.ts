import { oauthSettings, keyBucketWhenNeeded, openKeyring, openKeyUse } from '@memlane/auth';
import { makeTokenVerifier } from '@memlane/auth/token-verifier';
import { limit, readRoots, WEBHOOK_SECRET, type Env } from '@memlane/contracts';
import { connectNats, openLog } from '@memlane/event-log';
import { openPlanBook } from '@memlane/limits';
import type { Logger, RunningService } from '@memlane/telemetry';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { askQuery, type ReadPath } from './ask-query.js';
import type { ToolPaths } from './call-tool.js';
import { allowedNames } from './guard-request.js';
import { takeHandedConnections } from './handed-connections.js';
import { buildHttpApp } from './http-app.js';
import { openAdmission } from './limits/admit-operations.js';
import { boundInAll, boundPerOwner } from './limits/bounded-part.js';
import { openStorageQuota } from './limits/storage-quota.js';
import { shareUse } from './limits/share-use.js';
import { tellServing } from './limits/tell-serving.js';
import type { McpServerMaker } from './mcp-route.js';
import { answerPlainToolCall, createMcpServer } from './mcp-server.js';
import { openLiveFeeds } from './live-feed.js';
import { keepOpenStreams } from './open-streams.js';
import { listenForOutcomes } from './outcomes.js';
import { watchReadiness } from './readiness.js';
import { shareSubscriptions } from './session-subscriptions.js';
import { openSharedSecret } from './shared-secret.js';
import { shareSessions } from './shared-sessions.js';

/** What only an embedder of the gateway decides, such as a test; a deployment has the environment. */
export interface GatewayOptions {
  /** Serves another MCP server on the same HTTP stack, e.g. the fixtures of a conformance suite. */
  readonly makeMcpServer?: McpServerMaker;
  /** How long a write waits for its outcome; default `outcome_wait_ms`. */
  readonly outcomeWaitMs?: number;
  /** How often the keys of an OAuth issuer may be read. */
  readonly oauth?: { readonly coolDownMs: number };
}

export interface RunningGateway extends RunningService {
  readonly port: number;
  /** Address of MCP, e.g. `http://127.0.0.1:7400/mcp`. */
  readonly url: string;
}

/** Starts the gateway; resolves when it listens. */
export async function start(
  { env, log }: { env: Env; log: Logger },
  options: GatewayOptions = {},
): Promise<RunningGateway> {
  const settings = oauthSettings(env);
  const nc = await connectNats(env, { name: 'gateway' });
  const eventLog = await openLog(nc, { partitions: env.MEMLANE_PARTITIONS, replicas: env.MEMLANE_REPLICAS });
  const keyring = await openKeyring(eventLog);
  const keyBucket = keyBucketWhenNeeded(nc, env.MEMLANE_REPLICAS);
  const keyUse = openKeyUse(keyBucket);
  const plans = await openPlanBook(nc, { onInvalid: () => log.error('the plans that are kept are not valid') });
  const gatewayId = randomBytes(8).toString('hex');
  const use = await shareUse(nc, gatewayId);
  const admission = tellServing(nc, openAdmission(plans, use), use.now);
  const outcomes = listenForOutcomes(nc, gatewayId);
  const feeds = openLiveFeeds(eventLog);
  const streams = keepOpenStreams();
  const subscriptions = shareSubscriptions(nc, feeds);
  const { outcomeWaitMs } = options;
  const read: ReadPath = { nc, inHand: boundInAll('reads_in_flight') };
  const paths: ToolPaths = {
    write: {
      log: eventLog,
      outcomes,
      inHand: [
        boundPerOwner(
          'commands_in_lane_per_user',
          () => Math.ceil(limit('commands_in_lane_per_user') / use.gateways()),
          limit('commands_in_lane_of_busy_users'),
        ),
        boundInAll('writes_in_flight'),
      ],
      now: () => new Date(),
      ...(outcomeWaitMs === undefined ? {} : { outcomeWaitMs }),
    },
    read,
    storage: openStorageQuota(plans, async (owner) => {
      const { data } = await askQuery(read, 'memory-usage', owner, {});
      return Number(data['stored_bytes']);
    }),
    admission,
    repositoryRoots: readRoots(env.MEMLANE_REPOSITORY_ROOTS),
    readCode: { nc, inHand: boundInAll('code_reads_in_flight') },
    log,
  };
  const { app, closeStreams } = buildHttpApp({
    keyring,
    keyUse,
    admin: { keyring, openBucket: keyBucket, write: paths.write },
    oauth: settings && { settings, verifier: makeTokenVerifier(settings, options.oauth) },
    allowed: allowedNames(env.MEMLANE_ALLOWED_HOSTS),
    makeMcpServer: options.makeMcpServer ?? (() => createMcpServer(paths, subscriptions)),
    answerPlainly: options.makeMcpServer
      ? undefined
      : (call, caller, signal) => answerPlainToolCall(paths, call, caller, signal),
    events: { log: eventLog, feeds, streams },
    sessions: await shareSessions(nc),
    admission,
    subscriptions,
    webhooks: { write: paths.write, secret: await openSharedSecret(nc, WEBHOOK_SECRET) },
    readiness: watchReadiness(nc),
    log,
  });
  const handed = takeHandedConnections(app.server);
  await app.listen({ host: env.MEMLANE_HOST, port: env.MEMLANE_PORT });
  const { port } = app.server.address() as AddressInfo;
  handed.listen();
  log.info({ port }, 'listening');

  return {
    port,
    url: `http://${urlHost(env.MEMLANE_HOST)}:${port}/mcp`,
    stop: async () => {
      // Requests in hand are finished; streams would never end by themselves.
      const closing = app.close();
      streams.close();
      await closeStreams();
      const impatience = setTimeout(() => app.server.closeAllConnections(), limit('drain_ms') / 2);
      await Promise.all([closing, handed.close()]);
      clearTimeout(impatience);
      await feeds.close();
      outcomes.close();
      use.close();
      plans.close();
      await keyUse.close();
      await keyring.close();
      await nc.close();
    },
  };
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
