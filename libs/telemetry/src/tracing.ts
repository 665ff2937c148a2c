import type { Env } from '@memlane/contracts';

/** A started exporter of spans, or one that does nothing. */
export interface Tracing {
  /** Sends what is still buffered and stops. */
  stop(): Promise<void>;
}

const OFF: Tracing = { stop: () => Promise.resolve() };

/**
 * Exports spans over OTLP/HTTP (JSON) when `OTEL_EXPORTER_OTLP_ENDPOINT` is set. Without it the SDK is not even
 * loaded, and spans are the no-ops of the API package. Sampling and batching follow the standard `OTEL_*` variables.
 */
export async function startTracing(service: string, env: Env): Promise<Tracing> {
  const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return OFF;
  const [{ NodeTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }, { resourceFromAttributes }, conventions] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/semantic-conventions'),
    ]);
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      [conventions.ATTR_SERVICE_NAME]: `memlane-${service}`,
      'service.namespace': 'memlane',
      'process.pid': process.pid,
    }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: tracesUrl(endpoint) }))],
  });
  provider.register();
  return { stop: () => provider.shutdown() };
}

/** The signal's path below the common endpoint, as the OTLP exporter specification builds it. */
export function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, '')}/v1/traces`;
}
