import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newSessionId, revisionOfSession } from './session-id.js';

const secret = randomBytes(32);
const ann = { owner: 'ann', actor: 'key_1' };

describe('the id of a session', () => {
  it('tells its revision to whoever knows the secret, for the key that began it only', () => {
    const id = newSessionId(secret, ann, '2025-06-18');
    expect(id).toMatch(/^[\x21-\x7e]+$/);
    expect(revisionOfSession(secret, ann, id)).toBe('2025-06-18');
    expect(revisionOfSession(secret, { owner: 'bob', actor: 'key_1' }, id)).toBeUndefined();
    expect(revisionOfSession(secret, { owner: 'ann', actor: 'key_2' }, id)).toBeUndefined();
    expect(revisionOfSession(randomBytes(32), ann, id)).toBeUndefined();
  });

  it('keeps nothing of what is not a revision', () => {
    const id = newSessionId(secret, ann, 'a.b\r\nc');
    expect(revisionOfSession(secret, ann, id)).toBe('other');
  });

  it('is never taken when anything of it was changed', () => {
    const id = newSessionId(secret, ann, '2025-11-25');
    fc.assert(
      fc.property(fc.nat(id.length - 1), fc.constantFrom('0', 'f', 'A', '-', '.', ' '), (at, char) => {
        const changed = id.slice(0, at) + char + id.slice(at + 1);
        if (changed !== id) expect(revisionOfSession(secret, ann, changed)).toBeUndefined();
      }),
    );
    const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const same = Array.from(base64).filter(
      (last) => revisionOfSession(secret, ann, id.slice(0, -1) + last) !== undefined,
    );
    expect(same).toEqual([id.at(-1)]);
    fc.assert(fc.property(fc.string(), (text) => revisionOfSession(secret, ann, text) === undefined));
  });
});
