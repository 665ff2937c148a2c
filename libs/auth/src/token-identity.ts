import { scopes, type Scope } from '@memlane/contracts';
import { createHash } from 'node:crypto';
import type { Credential } from './credential.js';

/** What a verified token says about who asks. */
export interface TokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly client: string | undefined;
  readonly scope: string;
}

/**
 * The owner id of an OAuth user: stable, opaque and of no other issuer's user. Never an e-mail address, which changes
 * hands.
 */
export function ownerOfSubject(iss: string, sub: string): string {
  return `oauth_${digest(`${iss}\n${sub}`).slice(0, 56)}`;
}

/** The credential that a verified token stands for. */
export function credentialOfClaims({ iss, sub, client, scope }: TokenClaims): Credential {
  return {
    owner: ownerOfSubject(iss, sub),
    // Of this user with this client: limits per credential must not be shared by all users of a client.
    actor: `oauth_${digest(`${iss}\n${sub}\n${client ?? ''}`).slice(0, 16)}`,
    client: client !== undefined && PLAIN_NAME.test(client) ? client : 'oauth',
    scopes: scopesOf(scope),
  };
}

const PLAIN_NAME = /^[\w.:/-]{1,128}$/;

/** Administration is not given away by an identity provider: `admin` is a common name for other things. */
function scopesOf(scope: string): Scope[] {
  const given = new Set(scope.split(' '));
  return scopes.filter((name) => name !== 'admin' && given.has(name));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
