import { allows, metadataUrl, type Credential, type OAuthSettings } from '@memlane/auth';
import { scopes, tools, type Scope } from '@memlane/contracts';
import { isToolName } from './call-tool.js';
import { EVENTS_PATH } from './events-route.js';
import { mayHearChanges } from './scope-refusal.js';

/** Scopes that a client asks for first: what memory needs, and no more. */
const FIRST_SCOPES: readonly Scope[] = ['memory:read', 'memory:write'];

/** Metadata of this protected resource (RFC 9728), by which clients find where to sign in. */
export function resourceMetadata({ resource, issuers }: OAuthSettings): Record<string, unknown> {
  return {
    resource,
    authorization_servers: issuers,
    scopes_supported: scopes.filter((scope) => scope !== 'admin'),
    bearer_methods_supported: ['header'],
    resource_name: 'Memlane',
  };
}

/** `WWW-Authenticate` of an answer 401; `error` only when there was a token (RFC 6750 §3.1). */
export function signInChallenge({ resource }: OAuthSettings, hadToken: boolean): string {
  const error = hadToken ? ' error="invalid_token",' : '';
  return `Bearer realm="memlane",${error} resource_metadata="${metadataUrl(resource)}", scope="${FIRST_SCOPES.join(' ')}"`;
}

/** `WWW-Authenticate` of an answer 403 to a token that lacks a scope; names those it has too, so that none is lost. */
export function scopeChallenge({ resource }: OAuthSettings, had: readonly Scope[], needed: Scope): string {
  const scope = [...had, needed].join(' ');
  return `Bearer realm="memlane", error="insufficient_scope", resource_metadata="${metadataUrl(resource)}", scope="${scope}"`;
}

/** Methods beside the calls of tools that need a scope. */
const scopeOfMethod: ReadonlyMap<unknown, Scope> = new Map([
  ['resources/read', 'memory:read'],
  ['resources/subscribe', 'memory:read'],
  ['subscriptions/listen', 'memory:read'],
]);

/** The scope that a credential lacks for a request; `undefined` when it lacks none. */
export function missingScope(path: string | undefined, body: unknown, credential: Credential): Scope | undefined {
  if (path === EVENTS_PATH) return mayHearChanges(credential) ? undefined : 'memory:read';
  const scope = neededScope(body);
  return scope === undefined || allows(credential, scope) ? undefined : scope;
}

/** The scope that a JSON-RPC request needs; `undefined` when it needs none, or calls no tool that there is. */
function neededScope(body: unknown): Scope | undefined {
  const { method, params } = (body ?? {}) as { method?: unknown; params?: { name?: unknown } | null };
  const name = method === 'tools/call' ? params?.name : undefined;
  if (name === undefined) return scopeOfMethod.get(method);
  return typeof name === 'string' && isToolName(name) ? tools[name].scope : undefined;
}
