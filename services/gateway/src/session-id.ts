import type { Credential } from '@memlane/auth';
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

type Holder = Pick<Credential, 'owner' | 'actor'>;

const REVISION = /^\d{4}-\d{2}-\d{2}$/;
const ID = /^([0-9a-f-]{36})\.(\d{4}-\d{2}-\d{2}|other)\.([\w-]{43})$/;

/**
 * A session's id: random, the protocol revision that was asked for, and a seal over both and the key that began it. So
 * every gateway that knows the secret can go on with the session, and knows that it was begun.
 *
 * @param revision as the client asked for it
 */
export function newSessionId(secret: Uint8Array, holder: Holder, revision: string): string {
  const random = randomUUID();
  const asked = REVISION.test(revision) ? revision : 'other';
  return `${random}.${asked}.${seal(secret, holder, random, asked)}`;
}

/** The revision that a session of this key was begun with; `undefined` when it began no such session. */
export function revisionOfSession(secret: Uint8Array, holder: Holder, id: string): string | undefined {
  const [, random, revision, given] = ID.exec(id) ?? [];
  if (random === undefined || revision === undefined || given === undefined) return undefined;
  // As text: the last character of base64 has bits that mean nothing, and a session must have one id only.
  const isOurs = timingSafeEqual(Buffer.from(seal(secret, holder, random, revision)), Buffer.from(given));
  return isOurs ? revision : undefined;
}

function seal(secret: Uint8Array, { owner, actor }: Holder, random: string, revision: string): string {
  return createHmac('sha256', secret)
    .update(JSON.stringify([owner, actor, random, revision]))
    .digest('base64url');
}
