import { activeTraceparent, extractTrace, injectTrace, SpanKind, withSpan, type Context } from '@memlane/telemetry';
import { median } from '../support/percentiles.js';

export interface TracingSettings {
  /** Stores that are measured in each round. As many come before, in which code is compiled. */
  readonly stores: number;
  /** Rounds of each kind, in turn. */
  readonly rounds: number;
}

/** What the services do for tracing; nothing is built for a span that is not made. */
interface Instruments {
  readonly span: <T>(name: string, settings: () => SpanParts, work: () => Promise<T> | T) => Promise<T>;
  readonly extract: (carrier: Map<string, string>) => Context | undefined;
  readonly inject: (carrier: Map<string, string>) => void;
  readonly current: () => string | undefined;
}

interface SpanParts {
  readonly kind?: SpanKind;
  readonly attributes?: Record<string, string | number>;
  readonly parent?: Context | undefined;
}

let spans = 0;

/** The functions that the services call. */
const product: Instruments = {
  span: (name, settings, work) => {
    spans += 1;
    const { parent, ...rest } = settings();
    return withSpan(name, { ...rest, ...(parent && { parent }) }, work);
  },
  extract: (carrier) => extractTrace(reading(carrier)),
  inject: (carrier) => injectTrace(reading(carrier)),
  current: activeTraceparent,
};

/** The same calls without any tracing. */
const bare: Instruments = {
  span: async (_name, _settings, work) => work(),
  extract: () => undefined,
  inject: () => undefined,
  current: () => undefined,
};

/** Headers as the NATS client has them. */
function reading(carrier: Map<string, string>) {
  return {
    get: (key: string) => carrier.get(key) ?? '',
    set: (key: string, value: string) => void carrier.set(key, value),
  };
}

/** The spans of one store, nested as the services nest them, around no work at all. */
async function store({ span, extract, inject, current }: Instruments, n: number): Promise<void> {
  const headers = new Map<string, string>();
  const nothing = () => undefined;
  const request = () => ({
    kind: SpanKind.SERVER,
    parent: extract(headers),
    attributes: { 'http.request.method': 'POST', 'http.route': '/mcp', 'url.scheme': 'http' },
  });
  await span('POST /mcp', request, () => span('tools/call store_memory', tool, publish));
  await span('process cmd.{partition}.{owner}.{type}', command, async () => {
    await span('decide', () => ({}), nothing);
    await span('append evt.{partition}.{owner}.{aggregate}', () => ({ kind: SpanKind.PRODUCER }), current);
    const outcome = () => ({ kind: SpanKind.PRODUCER, attributes: { 'memlane.outcome': 'accepted' } });
    await span('publish outcome', outcome, nothing);
  });
  const batch = () => ({ kind: SpanKind.CONSUMER, attributes: { 'memlane.partition': n % 16, 'memlane.commits': 1 } });
  await span('memory-projector apply', batch, nothing);

  function tool() {
    return {
      kind: SpanKind.SERVER,
      attributes: {
        'mcp.method.name': 'tools/call',
        'jsonrpc.request.id': String(n),
        'network.transport': 'tcp',
        'network.protocol.name': 'http',
        'gen_ai.tool.name': 'store_memory',
        'gen_ai.operation.name': 'execute_tool',
      },
    };
  }

  function publish() {
    const destination = () => ({
      kind: SpanKind.PRODUCER,
      attributes: {
        'messaging.system': 'nats',
        'messaging.operation.name': 'publish',
        'messaging.operation.type': 'send',
        'messaging.destination.template': 'cmd.{partition}.{owner}.store-memory',
        'messaging.destination.partition.id': String(n % 16),
        'memlane.command.id': `command-${n}`,
      },
    });
    return span('publish cmd.{partition}.{owner}.store-memory', destination, () => inject(headers));
  }

  function command() {
    return {
      kind: SpanKind.CONSUMER,
      parent: extract(headers),
      attributes: {
        'messaging.system': 'nats',
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.consumer.group.name': 'handler',
        'messaging.destination.partition.id': String(n % 16),
        'messaging.nats.message.stream_sequence': n,
        'messaging.nats.message.delivery_count': 1,
      },
    };
  }
}

/**
 * What the spans of a store cost while tracing is off, beside the same calls without them, in CPU time of this process. That
 * no spans leave the product when it is off needs no measuring: the SDK is not loaded.
 */
export async function benchTracing({ stores, rounds }: TracingSettings): Promise<string> {
  const off: number[] = [];
  const without: number[] = [];
  for (let round = 0; round <= rounds; round += 1)
    for (const [instruments, costs] of [
      [product, off],
      [bare, without],
    ] as const) {
      const cost = await measure(instruments, stores);
      // The first round is for the compiler.
      if (round > 0) costs.push(cost);
    }
  const spread = (costs: readonly number[]) =>
    [median(costs), Math.min(...costs), Math.max(...costs)].map((cost) => cost.toFixed(2)).join(' | ');
  return [
    `${spans / stores / (rounds + 1)} spans a store, tracing off, ${stores} stores, ${rounds} rounds`,
    '',
    '| CPU µs a store | median | least | most |',
    '|---|---|---|---|',
    `| with the calls for tracing | ${spread(off)} |`,
    `| without them | ${spread(without)} |`,
    `| difference of each round | ${spread(off.map((cost, round) => cost - (without[round] ?? 0)))} |`,
  ].join('\n');
}

/** @returns CPU microseconds a store */
async function measure(instruments: Instruments, stores: number): Promise<number> {
  const before = process.cpuUsage();
  for (let n = 0; n < stores; n += 1) await store(instruments, n);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / stores;
}
