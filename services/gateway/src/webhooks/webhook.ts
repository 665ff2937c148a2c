import { createHmac, timingSafeEqual } from 'node:crypto';
import { OWNER_PATTERN } from '@memlane/contracts';

/** Which webhook of which repository. */
export interface Webhook {
  readonly owner: string;
  readonly repositoryId: string;
  /** A new one each time that the webhook of the repository is made: 32 hex digits. */
  readonly hook: string;
}

const ID = /^([\w-]{1,64})\.([0-9a-f]{16})\.([0-9a-f]{32})\.([\w-]{43})$/;
const SIGNATURE = /^sha256=([0-9a-f]{64})$/;

/**
 * The id of a webhook, part of its address: what it names, and a seal, so that nobody finds out by trying whose
 * repositories there are.
 *
 * @param master what all webhooks are made from
 */
export function webhookIdOf(master: Uint8Array, webhook: Webhook): string {
  const { owner, repositoryId, hook } = webhook;
  return [owner, repositoryId, hook, derive(master, 'id', webhook)].join('.');
}

/** The opposite of {@link webhookIdOf}; `undefined` for an id that we did not make. */
export function readWebhookId(master: Uint8Array, id: string): Webhook | undefined {
  const [, owner = '', repositoryId = '', hook = '', seal = ''] = ID.exec(id) ?? [];
  if (!OWNER_PATTERN.test(owner)) return undefined;
  const webhook = { owner, repositoryId, hook };
  return isEqual(derive(master, 'id', webhook), seal) ? webhook : undefined;
}

/**
 * What the caller signs with. It is made from the master secret each time, so that it is kept nowhere: neither the log
 * nor a backup of it has a webhook's secret, or a hash that would do in its place, as that of an HMAC key does.
 */
export function secretOf(master: Uint8Array, webhook: Webhook): string {
  return derive(master, 'secret', webhook);
}

/** Whether a header `X-Hub-Signature-256` is the HMAC-SHA256 of a body. Takes the same time whatever is wrong. */
export function isSigned(secret: string, body: Uint8Array, header: string | undefined): boolean {
  const [, given = ''] = SIGNATURE.exec(header ?? '') ?? [];
  return isEqual(createHmac('sha256', secret).update(body).digest('hex'), given);
}

function derive(master: Uint8Array, purpose: 'id' | 'secret', { owner, repositoryId, hook }: Webhook): string {
  return createHmac('sha256', master)
    .update(JSON.stringify(['webhook', purpose, owner, repositoryId, hook]))
    .digest('base64url');
}

function isEqual(ours: string, given: string): boolean {
  const [a, b] = [Buffer.from(ours), Buffer.from(given)];
  // A shorter one is compared with itself: the time tells nothing of where it differs.
  return timingSafeEqual(a, a.length === b.length ? b : a) && a.length === b.length;
}
