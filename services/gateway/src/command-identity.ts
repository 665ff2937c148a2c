import { canonicalJson } from '@memlane/domain';
import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

/** What makes two requests the same one. */
export interface RequestIdentity {
  readonly owner: string;
  readonly tool: string;
  /** Name of the space that it goes through: the same key in another space is another request. */
  readonly space?: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** Which of the commands that one request was cut into. */
  readonly part?: number;
}

/**
 * The command id: derived from the idempotency key, so that every repetition has the same one wherever and whenever it
 * arrives; random without a key.
 */
export function commandIdOf({ owner, tool, space, idempotencyKey, part = 0 }: RequestIdentity): string {
  if (idempotencyKey === undefined) return uuidv7();
  const who = space === undefined ? owner : JSON.stringify([owner, space]);
  // The key comes last: it is the only part that may contain the separator.
  return sha256(`${who}\n${tool}\n${part}\n${idempotencyKey}`).slice(0, 40);
}

/** sha256 over type and payload, the same whatever the order of keys: tells a repetition from a different request. */
export function fingerprintOf(type: string, payload: unknown, part = 0): string {
  return sha256(`${type}\n${part}\n${canonicalJson(payload)}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
