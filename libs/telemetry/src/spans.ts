import { headers, MemlaneError } from '@memlane/contracts';
import {
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type SpanContext,
  type SpanKind,
  type TextMapGetter,
  type TextMapSetter,
  type Tracer,
} from '@opentelemetry/api';

export { SpanKind, type Attributes, type Context, type Link, type Span } from '@opentelemetry/api';

/** Message headers as the NATS client has them; structural, so that this library does not depend on it. */
export interface TraceCarrier {
  get(name: string): string;
  set(name: string, value: string): void;
}

export interface SpanSettings {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** Context to be a child of; default: the active one. */
  readonly parent?: Context;
  readonly links?: readonly Link[];
}

/** The tracer of all our spans; a no-op until `startTracing` has registered a provider. */
export function tracer(): Tracer {
  return trace.getTracer('memlane');
}

/**
 * Runs `fn` inside a span and ends it with the outcome. An expected error (`MemlaneError` below 500) is an attribute,
 * not a failed span: a refused request is not a fault. Span names are templates, never with an owner in them.
 */
export async function withSpan<T>(
  name: string,
  settings: SpanSettings,
  fn: (span: Span) => Promise<T> | T,
): Promise<T> {
  const parent = settings.parent ?? context.active();
  const span = tracer().startSpan(name, { ...settings, links: settings.links ? [...settings.links] : [] }, parent);
  try {
    return await context.with(trace.setSpan(parent, span), () => fn(span));
  } catch (error) {
    markFailed(span, error);
    throw error;
  } finally {
    span.end();
  }
}

function markFailed(span: Span, error: unknown): void {
  if (error instanceof MemlaneError) {
    span.setAttribute('error.type', error.body.code);
    if (!DEFECTS.has(error.body.code)) return;
  } else {
    span.setAttribute('error.type', error instanceof Error ? error.name : 'unknown');
  }
  // The message of an error may carry user data; its type and the log are enough to find it.
  span.setStatus({ code: SpanStatusCode.ERROR });
}

const DEFECTS: ReadonlySet<string> = new Set(['MEMLANE_ERR_INTERNAL', 'MEMLANE_ERR_UNAVAILABLE']);

const setter: TextMapSetter<TraceCarrier> = { set: (carrier, key, value) => carrier.set(key, value) };
const getter: TextMapGetter<TraceCarrier> = {
  get: (carrier, key) => carrier.get(key) || undefined,
  keys: () => [headers.traceparent, headers.tracestate],
};

/** Writes the active (or given) trace context into message headers; writes nothing when there is none. */
export function injectTrace(carrier: TraceCarrier, from: Context = context.active()): void {
  propagation.inject(from, carrier, setter);
}

/** The trace context in message headers; the root context when there is none. */
export function extractTrace(carrier: TraceCarrier | undefined): Context {
  return carrier ? propagation.extract(ROOT_CONTEXT, carrier, getter) : ROOT_CONTEXT;
}

/** `traceparent` of the active span, for a header that is kept; `undefined` when nothing is traced. */
export function activeTraceparent(): string | undefined {
  const carrier = new Map<string, string>();
  propagation.inject(context.active(), carrier, { set: (map, key, value) => map.set(key, value) });
  return carrier.get(headers.traceparent);
}

/** The span that a context stands for, as a link; for a batch that has many causes. */
export function linkOf(traceparent: string | undefined): Link | undefined {
  const spanContext = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  return spanContext && { context: spanContext };
}

/** Reads a W3C `traceparent`; `undefined` when it is not one. */
export function parseTraceparent(traceparent: string): SpanContext | undefined {
  const match = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/.exec(traceparent);
  if (!match) return undefined;
  const spanContext = {
    traceId: match[1] ?? '',
    spanId: match[2] ?? '',
    traceFlags: Number.parseInt(match[3] ?? '0', 16),
    isRemote: true,
  };
  return isSpanContextValid(spanContext) ? spanContext : undefined;
}
