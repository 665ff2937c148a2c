import { allows } from '@memlane/auth';
import { limit, MemlaneError, memlaneError, parseInput, repoFields } from '@memlane/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { openBudget } from '../budget.js';
import type { Caller } from '../caller.js';
import { runCommand, type WritePath } from '../issue-command.js';
import { repositoryIdOf } from '../jobs/repository-tools.js';
import { bookUse, newUseLog, waitFor, type UseLog } from '../limits/sliding-window.js';
import { lacksScope } from '../scope-refusal.js';
import { isSigned, readWebhookId, secretOf, webhookIdOf, type Webhook } from './webhook.js';

export interface WebhookParts {
  readonly write: WritePath;
  /** What all webhooks are made from, the same at every gateway. */
  readonly secret: Uint8Array;
}

/** Where others say that a repository has something new. */
export const WEBHOOK_PATH = '/hooks/:id';

const nameOfPath = z.strictObject({ name: repoFields.repositoryName });
const MINUTE_MS = 60_000;
const ACTOR = 'webhook';
/** Signs nothing: what an unknown webhook is checked against, so that it takes as long as a known one. */
const nobody: Webhook = { owner: '', repositoryId: '', hook: '' };

/** Makes and ends webhooks of repositories, and serves their calls. */
export function serveWebhooks(
  app: FastifyInstance,
  { write, secret: master }: WebhookParts,
  callerOfRequest: (request: FastifyRequest) => Caller,
): void {
  const writerOf = (request: FastifyRequest): Caller => {
    const caller = callerOfRequest(request);
    if (!allows(caller.credential, 'code:write')) throw lacksScope('code:write');
    return caller;
  };
  const setHook = (caller: Caller, params: unknown, hook: string | null) => {
    const parsed = parseInput(nameOfPath, params);
    if (!parsed.ok) throw new MemlaneError(parsed.error);
    const payload = { repository_id: repositoryIdOf(parsed.value.name), hook };
    return runCommand(write, caller, { type: 'set-auto-sync', payload, tool: ACTOR });
  };

  app.put<{ Params: { name: string } }>('/repositories/:name/webhook', async (request, reply) => {
    const caller = writerOf(request);
    const hook = randomBytes(16).toString('hex');
    await setHook(caller, request.params, hook);
    const { owner } = caller.credential;
    const webhook = { owner, repositoryId: repositoryIdOf(request.params.name), hook };
    // Never to be had again: whoever lost it makes a new one, which ends this one.
    return reply.header('cache-control', 'no-store').send({
      path: `/hooks/${webhookIdOf(master, webhook)}`,
      secret: secretOf(master, webhook),
    });
  });

  app.delete('/repositories/:name/webhook', async (request, reply) => {
    await setHook(writerOf(request), request.params, null);
    return reply.code(204).send();
  });

  const inHand = openBudget('webhooks_in_flight');
  const calls = new LRUCache<string, UseLog>({ max: limit('webhooks_remembered') });
  const admit = (id: string) => {
    const use = calls.get(id) ?? newUseLog();
    calls.set(id, use);
    const now = performance.now();
    const wait = waitFor(use, { count: limit('webhook_calls_per_minute'), windowMs: MINUTE_MS }, now, 1);
    if (wait > 0)
      throw memlaneError('MEMLANE_ERR_RATE_LIMITED', undefined, {
        limit: limit('webhook_calls_per_minute'),
        retry_after_seconds: Math.ceil(wait / 1_000),
        details: { limit_name: 'webhook_calls_per_minute' },
      });
    bookUse(use, MINUTE_MS, now, 1);
  };

  void app.register((scope, _options, done) => {
    // The signature is over the bytes as they came.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body));
    scope.post<{ Params: { id: string } }>(
      WEBHOOK_PATH,
      { bodyLimit: limit('webhook_body_bytes') },
      async (request, reply) => {
        const release = inHand.take();
        try {
          const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
          const header = request.headers['x-hub-signature-256'];
          const signature = Array.isArray(header) ? header.join(',') : header;
          const webhook = readWebhookId(master, request.params.id);
          const signed = isSigned(secretOf(master, webhook ?? nobody), body, signature);
          if (!webhook || !signed) throw unknownWebhook();
          // Only those who know the secret use up what its owner may.
          admit(request.params.id);
          await wantSync(write, webhook, signature, request.id);
          return await reply.code(202).send({ accepted: true });
        } finally {
          release();
        }
      },
    );
    done();
  });
}

/** @throws MemlaneError; for a webhook that was replaced or ended the same as for one that never was */
async function wantSync(
  write: WritePath,
  { owner, repositoryId, hook }: Webhook,
  signature: string | undefined,
  correlationId: string,
): Promise<void> {
  const credential = { owner, actor: ACTOR, client: ACTOR, scopes: [] };
  const payload = { repository_id: repositoryId, hook };
  try {
    // A call that is repeated, by whomever, is the same command, and has had its effect.
    await runCommand(
      write,
      { credential, correlationId },
      { type: 'want-sync', payload, tool: ACTOR, idempotencyKey: `${hook} ${signature ?? ''}` },
    );
  } catch (error) {
    if (error instanceof MemlaneError && error.body.code === 'MEMLANE_ERR_NOT_FOUND') throw unknownWebhook();
    throw error;
  }
}

function unknownWebhook(): MemlaneError {
  return memlaneError('MEMLANE_ERR_UNAUTHENTICATED', 'there is no such webhook, or its signature is not valid');
}
