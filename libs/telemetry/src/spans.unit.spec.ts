import { memlaneError } from '@memlane/contracts';
import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { activeTraceparent, extractTrace, injectTrace, linkOf, parseTraceparent, SpanKind, withSpan } from './spans.js';
import { tracesUrl } from './tracing.js';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

/** Headers as the NATS client has them: an absent one reads as an empty text. */
function carrier(): { get(name: string): string; set(name: string, value: string): void } {
  const values = new Map<string, string>();
  return { get: (name) => values.get(name) ?? '', set: (name, value) => void values.set(name, value) };
}

describe('before tracing is started', () => {
  it('runs the function and writes no header', async () => {
    const message = carrier();
    const answer = await withSpan('work', {}, () => {
      injectTrace(message);
      return activeTraceparent();
    });
    expect(answer).toBeUndefined();
    expect(message.get('traceparent')).toBe('');
  });
});

describe('with tracing', () => {
  beforeAll(() => provider.register());
  beforeEach(() => exporter.reset());
  afterAll(async () => {
    await provider.shutdown();
    trace.disable();
    context.disable();
  });

  it('carries a trace through message headers', async () => {
    const message = carrier();
    await withSpan('send', { kind: SpanKind.PRODUCER }, () => injectTrace(message));
    await withSpan('process', { kind: SpanKind.CONSUMER, parent: extractTrace(message) }, () => undefined);
    const [send, process] = exporter.getFinishedSpans();
    expect(process?.spanContext().traceId).toBe(send?.spanContext().traceId);
    expect(process?.parentSpanContext?.spanId).toBe(send?.spanContext().spanId);
  });

  it('begins a new trace when a message carries none', async () => {
    await withSpan('process', { parent: extractTrace(carrier()) }, () => undefined);
    expect(exporter.getFinishedSpans()[0]?.parentSpanContext).toBeUndefined();
  });

  it('nests spans across awaits', async () => {
    await withSpan('outer', {}, async () => {
      await Promise.resolve();
      await withSpan('inner', {}, () => undefined);
    });
    const [inner, outer] = exporter.getFinishedSpans();
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
  });

  it('marks a defect as an error, a refusal only as its code', async () => {
    await expect(withSpan('defect', {}, () => Promise.reject(new TypeError('x')))).rejects.toThrow(TypeError);
    await expect(
      withSpan('refusal', {}, () => Promise.reject(memlaneError('MEMLANE_ERR_NOT_FOUND'))),
    ).rejects.toThrow();
    const [defect, refusal] = exporter.getFinishedSpans();
    expect(defect?.status.code).toBe(SpanStatusCode.ERROR);
    expect(refusal?.status.code).toBe(SpanStatusCode.UNSET);
    expect(refusal?.attributes['error.type']).toBe('MEMLANE_ERR_NOT_FOUND');
  });

  it('links a batch to what caused it', async () => {
    const traceparent = await withSpan('append', {}, () => activeTraceparent());
    const link = linkOf(traceparent);
    await withSpan('batch', { links: link ? [link] : [] }, () => undefined);
    const [append, batch] = exporter.getFinishedSpans();
    expect(batch?.links[0]?.context.spanId).toBe(append?.spanContext().spanId);
  });
});

describe('traceparent', () => {
  it.each(['', 'rubbish', `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`])('refuses %j', (text) => {
    expect(parseTraceparent(text)).toBeUndefined();
    expect(linkOf(text)).toBeUndefined();
  });
});

describe('tracesUrl', () => {
  it('adds the path of the signal to the endpoint', () => {
    expect(tracesUrl('http://collector:4318')).toBe('http://collector:4318/v1/traces');
    expect(tracesUrl('http://collector:4318/otlp/')).toBe('http://collector:4318/otlp/v1/traces');
  });
});
