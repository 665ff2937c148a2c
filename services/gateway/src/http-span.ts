import { extractTrace, SpanKind, tracer } from '@memlane/telemetry';
import { context, trace } from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';

/**
 * One SERVER span for each request to a path, a child of the trace that the request's headers carry. By hand: the
 * ready-made instrumentation costs more than the request itself.
 */
export function traceRequests(app: FastifyInstance, path: string): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.url !== path) {
      done();
      return;
    }
    const parent = extractTrace({
      get: (name) => {
        const value = request.headers[name];
        return typeof value === 'string' ? value : '';
      },
      set: () => undefined,
    });
    const attributes = { 'http.request.method': request.method, 'http.route': path, 'url.scheme': 'http' };
    const span = tracer().startSpan(`${request.method} ${path}`, { kind: SpanKind.SERVER, attributes }, parent);
    reply.raw.once('close', () => {
      span.setAttribute('http.response.status_code', reply.statusCode);
      if (reply.statusCode >= 500) span.setAttribute('error.type', String(reply.statusCode));
      span.end();
    });
    context.with(trace.setSpan(parent, span), done);
  });
}
