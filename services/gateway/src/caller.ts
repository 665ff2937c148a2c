import type { Credential } from '@memlane/auth';
import type { AuthInfo } from '@modelcontextprotocol/server';
import type { UnreadAnswer } from './limits/unread-answers.js';

/** Whom the door knows. */
export interface KnownCaller {
  readonly credential: Credential;
  readonly correlationId: string;
  /** Whether the credential is still good: asked again and again while a stream is open. */
  readonly holds: () => Promise<boolean>;
  /** Whether its client can have more scopes granted, as one that signed in can; a key has what it was made with. */
  readonly canGainScopes?: boolean;
}

/** Who asks, and under which id the request is found in the log. Comes with every request, also within a session. */
export interface Caller extends KnownCaller {
  /** What the request is answered with. */
  readonly answer: UnreadAnswer;
}

/** A caller as the MCP SDK hands it through. The key itself goes no further than the check at the door. */
export function toAuthInfo(caller: Caller): AuthInfo {
  const { credential } = caller;
  return { token: '', clientId: credential.actor, scopes: [...credential.scopes], extra: { caller } };
}

/** @throws Error when a request reached MCP without passing the door: a defect */
export function callerOf(authInfo: AuthInfo | undefined): Caller {
  const caller = authInfo?.extra?.['caller'] as Caller | undefined;
  if (!caller) throw new Error('request without a caller');
  return caller;
}
