import type { FastifyRequest } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';

/**
 * A request as far as the stateless part of the SDK reads it when the body is parsed already: method, headers by name,
 * signal. Making a real one costs more than the gateway's own work on a call.
 */
export function lightRequest({ method, headers }: FastifyRequest, signal: AbortSignal): Request {
  const light: Pick<Request, 'method' | 'url' | 'signal'> & { headers: Pick<Headers, 'get' | 'has'> } = {
    method,
    url: BASE_URL,
    headers: { get: (name) => readHeader(headers, name), has: (name) => readHeader(headers, name) !== null },
    signal,
  };
  return light as unknown as Request;
}

/** The same as a real request, for the sessions, whose transport may look at anything. */
export function webRequest(light: Request, { headers }: FastifyRequest): Request {
  const copied = new Headers();
  for (const [name, value] of Object.entries(headers))
    if (typeof value === 'string' && name !== KEPT_BACK) copied.set(name, value);
  return new Request(BASE_URL, { method: light.method, headers: copied, signal: light.signal });
}

// Nothing behind the door needs the name that the request was addressed to.
const BASE_URL = 'http://localhost/mcp';

/** The key stays at the door. */
const KEPT_BACK = 'authorization';

function readHeader(headers: IncomingHttpHeaders, name: string): string | null {
  const lower = name.toLowerCase();
  const value = lower === KEPT_BACK ? undefined : headers[lower];
  return (Array.isArray(value) ? value.join(', ') : value) ?? null;
}
