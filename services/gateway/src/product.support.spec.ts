import { createKey, openKeyBucket } from '@memlane/auth';
import { start as startCodeProjector } from '@memlane/code-projector';
import { start as startCommandHandler } from '@memlane/command-handler';
import {
  COMMAND_CONSUMER,
  partitionOf,
  readEnv,
  streams,
  type ErrorBody,
  type NatsUserName,
  type PlanTable,
  type Scope,
} from '@memlane/contracts';
import { connectNats, openLog } from '@memlane/event-log';
import { seedPlans } from '@memlane/limits';
import { start as startMemoryProjector } from '@memlane/memory-projector';
import { start as startQuery, startCode as startCodeQuery } from '@memlane/query';
import { start as startRepoWorker } from '@memlane/repo-worker';
import { createLogger } from '@memlane/telemetry';
import { generousPlans, startNatsServer, tempDir } from '@memlane/testkit';
import { vi } from 'vitest';
import { start, type GatewayOptions } from './start.js';

// Support of the other specs: the services that a memory passes through, for real, in this process.

/** What a tool answered. */
export interface ToolAnswer {
  readonly isError?: boolean;
  readonly structuredContent: Record<string, unknown> & { error?: ErrorBody };
  readonly content: readonly { readonly type: string; readonly text: string }[];
}

/** A JSON-RPC answer with its HTTP status. */
export interface RpcAnswer {
  readonly status: number;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export type Product = Awaited<ReturnType<typeof startProduct>>;

/** Starts nats-server, command handler, memory projector, query (text only), repo worker and gateway; `code`: also what reads
 * code; `clock`: that of the command handler. */
export async function startProduct(
  options: GatewayOptions = {},
  {
    plans = generousPlans,
    env: extra = {},
    code = false,
    clock,
  }: { plans?: PlanTable; env?: Record<string, string>; code?: boolean; clock?: () => Date } = {},
) {
  const nats = await startNatsServer();
  const repositoryRoot = await tempDir();
  const env = readEnv({
    ...nats.env,
    MEMLANE_DATA_DIR: await tempDir(),
    MEMLANE_PORT: '0',
    MEMLANE_PARTITIONS: '4',
    MEMLANE_EMBEDDINGS: 'none',
    MEMLANE_REPOSITORY_ROOTS: repositoryRoot,
    ...extra,
  });
  // Each service as the user that it is in the product, so that a permission that is missing fails a test.
  const serviceOf = (name: NatsUserName) => ({
    env: { ...env, ...nats.envOf(name) },
    log: createLogger(name, 'error'),
  });
  const nc = await connectNats(env, { name: 'test' });
  const eventLog = await openLog(nc, { partitions: env.MEMLANE_PARTITIONS, replicas: 1 });
  await openKeyBucket(nc);
  await seedPlans(nc, plans);
  const gateway = await start(serviceOf('gateway'), options);
  const gateways = [gateway];
  const starters = {
    'command-handler': (service: ReturnType<typeof serviceOf>) => startCommandHandler(service, clock),
    'memory-projector': startMemoryProjector,
    query: startQuery,
    'repo-worker': startRepoWorker,
    'code-projector': startCodeProjector,
    'code-query': startCodeQuery,
  };
  type ServiceName = keyof typeof starters;
  const running = new Map<ServiceName, { stop(): Promise<void> }>();
  const startService = async (name: ServiceName) => {
    running.set(name, await starters[name](serviceOf(name)));
  };
  const isWanted = (name: ServiceName) => code || !name.startsWith('code-');
  for (const name of (Object.keys(starters) as ServiceName[]).filter(isWanted)) await startService(name);
  const stopService = async (name: ServiceName) => {
    await running.get(name)?.stop();
    running.delete(name);
  };

  /** A key that the gateway knows already. */
  const makeKey = async (owner: string, scopes?: readonly Scope[]): Promise<string> => {
    const { key } = await createKey(eventLog, { owner, name: 'test', ...(scopes ? { scopes } : {}) });
    await vi.waitUntil(async () => (await rpc(key, 'tools/list')).status === 200, { timeout: 10_000 });
    return key;
  };

  const post = (
    key: string,
    method: string,
    params: Record<string, unknown> = {},
    headers: Record<string, string> = {},
    url = gateway.url,
  ): Promise<Response> => {
    const named = params['name'] ?? params['uri'];
    return fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        ...(typeof named === 'string' ? { 'mcp-name': named } : {}),
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } }),
    });
  };

  const rpcAt =
    (url: string) =>
    async (
      key: string,
      method: string,
      params: Record<string, unknown> = {},
      headers: Record<string, string> = {},
    ): Promise<RpcAnswer> => {
      const response = await post(key, method, params, headers, url);
      return { status: response.status, ...((await response.json()) as object) };
    };
  const rpc = rpcAt(gateway.url);

  const callAt =
    (url: string) =>
    async (key: string, name: string, args?: unknown): Promise<ToolAnswer> => {
      const { result, error } = await rpcAt(url)(key, 'tools/call', {
        name,
        ...(args === undefined ? {} : { arguments: args }),
      });
      if (error) throw new Error(`${error.code}: ${error.message}`);
      return result as ToolAnswer;
    };
  const call = callAt(gateway.url);

  /** One more gateway. @returns how to call tools at it */
  const startGateway = async () => {
    const further = await start(serviceOf('gateway'), options);
    gateways.push(further);
    return callAt(further.url);
  };

  /** Commands of an owner that nobody has handled yet. Over a connection of its own: the other may be coming back. */
  const commandsOf = async (owner: string): Promise<number> => {
    const own = await connectNats(env, { name: 'count' });
    const { jsm, partitions } = await openLog(own, { partitions: env.MEMLANE_PARTITIONS, replicas: 1 });
    const consumer = await jsm.consumers.info(streams.commands(partitionOf(owner, partitions)), COMMAND_CONSUMER);
    await own.close();
    return consumer.num_pending;
  };

  /** Every message of every stream and bucket, as text. */
  const everythingStored = async (): Promise<string> => {
    const texts: string[] = [];
    for await (const { config, state } of eventLog.jsm.streams.list())
      for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq += 1) {
        const message = await eventLog.jsm.streams.getMessage(config.name, { seq });
        if (message) texts.push(message.subject, JSON.stringify([...message.header]), message.string());
      }
    return texts.join('\n');
  };

  return {
    url: gateway.url,
    /** Folder below which local repositories may be synced. */
    repositoryRoot,
    commandsOf,
    everythingStored,
    nats,
    nc,
    makeKey,
    post,
    rpc,
    call,
    startGateway,
    startService,
    stopService,
    stop: async () => {
      for (const each of gateways) await each.stop();
      for (const name of [...running.keys()]) await stopService(name);
      await nc.close();
      await nats.stop();
    },
  };
}

const meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};
