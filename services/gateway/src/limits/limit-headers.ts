import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Admission, OwnerUsage } from './admit-operations.js';

/**
 * Sends the state of a user's limits with every answer, as structured fields of draft-ietf-httpapi-ratelimit-headers-10:
 * `q` quota, `w` window in seconds, `r` what remains of it, `t` seconds until some of it is given back.
 */
export function sendLimitHeaders(
  app: FastifyInstance,
  admission: Admission,
  ownerOf: (request: FastifyRequest) => string | undefined,
): void {
  app.addHook('onSend', async (request, reply) => {
    const owner = ownerOf(request);
    if (owner !== undefined) reply.headers(limitHeaders(admission.usageOf(owner)));
  });
}

/** The two fields, see {@link sendLimitHeaders}. */
export function limitHeaders({ rates }: Pick<OwnerUsage, 'rates'>): Record<'ratelimit' | 'ratelimit-policy', string> {
  const entries = Object.entries(rates);
  return {
    'ratelimit-policy': entries
      .map(([name, { limit, windowSeconds }]) => `"${name}";q=${limit};w=${windowSeconds}`)
      .join(', '),
    ratelimit: entries
      .map(([name, { limit, used, resetSeconds }]) => `"${name}";r=${Math.max(0, limit - used)};t=${resetSeconds}`)
      .join(', '),
  };
}
