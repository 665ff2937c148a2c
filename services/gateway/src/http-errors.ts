import { errorBody, errors, limit, MemlaneError, withRemedy, type ErrorBody } from '@memlane/contracts';
import type { FastifyReply } from 'fastify';
import { STATUS_CODES } from 'node:http';

/** RFC 9457 problem details of an error. */
export function problemOf(error: ErrorBody, status = errors[error.code].status): Record<string, unknown> {
  return {
    type: `urn:memlane:error:${error.code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: error.message,
    ...withRemedy(error),
  };
}

/** Answers an HTTP request with an error, as problem details. */
export function sendProblem(reply: FastifyReply, error: ErrorBody): FastifyReply {
  const { status } = errors[error.code];
  if (error.retry_after_seconds !== undefined) reply.header('retry-after', error.retry_after_seconds);
  if (status === 401 && !reply.hasHeader('www-authenticate'))
    reply.header('www-authenticate', 'Bearer realm="memlane"');
  return reply
    .code(status)
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify(problemOf(error)));
}

/**
 * A JSON-RPC error for a request that nobody took; the typed error is in `data`.
 *
 * @param body of the request, as far as it was read: the answer has the id that is in it
 */
export function jsonRpcError(status: number, code: number, error: ErrorBody, body?: unknown): Response {
  const data = { error: withRemedy(error) };
  return Response.json({ jsonrpc: '2.0', id: idOf(body), error: { code, message: error.message, data } }, { status });
}

function idOf(body: unknown): string | number | null {
  const { id } = (body ?? {}) as { readonly id?: unknown };
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

const byFastifyCode: Readonly<Record<string, () => ErrorBody>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => {
    const max = limit('request_body_bytes');
    return errorBody('MEMLANE_ERR_TOO_LARGE', `the body is larger than ${max} bytes`, { field: 'body', limit: max });
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    errorBody('MEMLANE_ERR_UNSUPPORTED_MEDIA_TYPE', undefined, { field: 'Content-Type' }),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => errorBody('MEMLANE_ERR_INVALID_INPUT', 'the body is empty', { field: 'body' }),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    errorBody('MEMLANE_ERR_INVALID_INPUT', 'the body is not as long as Content-Length says', {
      field: 'Content-Length',
    }),
  FST_ERR_BAD_URL: () => errorBody('MEMLANE_ERR_INVALID_INPUT', 'the path is not a valid URL', { field: 'path' }),
  FST_ERR_MAX_PARAM_LENGTH: () => {
    const max = limit('path_part_chars');
    return errorBody('MEMLANE_ERR_INVALID_INPUT', `a part of the path is longer than ${max} characters`, {
      field: 'path',
      limit: max,
    });
  },
};

/** The typed error of whatever ended an HTTP request; `undefined` for a defect. */
export function errorOfRequest(error: unknown): ErrorBody | undefined {
  if (error instanceof MemlaneError) return error.body;
  if (!(error instanceof Error)) return undefined;
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  const known = code === undefined ? undefined : byFastifyCode[code];
  if (known) return known();
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500
    ? errorBody('MEMLANE_ERR_INVALID_INPUT', 'the request is malformed')
    : undefined;
}

/** The answer to bytes that are not an HTTP request, or did not arrive in time; there is no reply object for them. */
export function rawAnswer(error: NodeJS.ErrnoException): string {
  const [status, body] = rawError(error.code);
  const text = JSON.stringify(problemOf(body, status));
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
    '',
    text,
  ].join('\r\n');
}

function rawError(code: string | undefined): [number, ErrorBody] {
  const max = limit('header_bytes');
  switch (code ?? '') {
    case 'HPE_HEADER_OVERFLOW':
      return [
        431,
        errorBody('MEMLANE_ERR_TOO_LARGE', `the headers are larger than ${max} bytes`, {
          field: 'headers',
          limit: max,
        }),
      ];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, errorBody('MEMLANE_ERR_REQUEST_TIMEOUT', undefined, { limit: limit('request_wait_ms') })];
    default:
      return [400, errorBody('MEMLANE_ERR_INVALID_INPUT', 'this is not an HTTP request')];
  }
}
