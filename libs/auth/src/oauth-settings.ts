import type { Env } from '@memlane/contracts';

/** Whose access tokens are accepted, and as what. */
export interface OAuthSettings {
  /** Issuer URLs, exactly as tokens carry them in `iss`. */
  readonly issuers: readonly string[];
  /** URL of this server as its users know it, e.g. `https://memory.example/mcp`: the audience that tokens must have. */
  readonly resource: string;
}

/**
 * The OAuth settings of a deployment; `undefined` when it has none, and only API keys are accepted.
 *
 * @throws Error when only one of the two variables is set, or one is not a URL that is safe to trust
 */
export function oauthSettings(
  env: Pick<Env, 'MEMLANE_OAUTH_ISSUERS' | 'MEMLANE_OAUTH_RESOURCE'>,
): OAuthSettings | undefined {
  const issuers = (env.MEMLANE_OAUTH_ISSUERS ?? '')
    .split(',')
    .map((issuer) => issuer.trim())
    .filter((issuer) => issuer !== '');
  const resource = env.MEMLANE_OAUTH_RESOURCE;
  if (issuers.length === 0 && resource === undefined) return undefined;
  if (issuers.length === 0) throw new Error('MEMLANE_OAUTH_ISSUERS: missing beside MEMLANE_OAUTH_RESOURCE');
  if (resource === undefined) throw new Error('MEMLANE_OAUTH_RESOURCE: missing beside MEMLANE_OAUTH_ISSUERS');
  for (const issuer of issuers) checkUrl('MEMLANE_OAUTH_ISSUERS', issuer);
  checkUrl('MEMLANE_OAUTH_RESOURCE', resource);
  return { issuers, resource };
}

function checkUrl(name: string, url: string): void {
  if (!isTrustworthyUrl(url))
    throw new Error(`${name}: must be https URLs (http on loopback) without query or fragment`);
}

/** Whether what is read from a URL cannot be changed on its way: https, or this machine itself. */
export function isTrustworthyUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if (username !== '' || password !== '' || search !== '' || hash !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** Where the metadata of a protected resource is (RFC 9728 §3.1): before the path, so that `/mcp` has its own. */
export function metadataUrl(resource: string): string {
  const { origin, pathname } = new URL(resource);
  return `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`;
}
