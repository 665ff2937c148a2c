import { OWNER_PATTERN } from '@memlane/contracts';
import { describe, expect, it } from 'vitest';
import { metadataUrl, oauthSettings } from './oauth-settings.js';
import { credentialOfClaims, ownerOfSubject } from './token-identity.js';

const RESOURCE = 'https://memory.example/mcp';

function settingsOf(issuers: string | undefined, resource: string | undefined) {
  return oauthSettings({ MEMLANE_OAUTH_ISSUERS: issuers, MEMLANE_OAUTH_RESOURCE: resource });
}

describe('OAuth settings', () => {
  it('are off when nothing is set', () => {
    expect(settingsOf(undefined, undefined)).toBeUndefined();
  });

  it('take several issuers', () => {
    expect(settingsOf('https://a.example, http://127.0.0.1:9/x', RESOURCE)).toEqual({
      issuers: ['https://a.example', 'http://127.0.0.1:9/x'],
      resource: RESOURCE,
    });
  });

  it('refuse half a configuration, naming the missing variable', () => {
    expect(() => settingsOf('https://a.example', undefined)).toThrow(/^MEMLANE_OAUTH_RESOURCE/);
    expect(() => settingsOf(undefined, RESOURCE)).toThrow(/^MEMLANE_OAUTH_ISSUERS/);
  });

  it('refuse issuers that could be read or changed on the way', () => {
    for (const issuer of ['http://a.example', 'ftp://a.example', 'a.example', 'https://u:p@a.example', 'https://a/?q'])
      expect(() => settingsOf(issuer, RESOURCE)).toThrow(/^MEMLANE_OAUTH_ISSUERS/);
  });

  it('place the metadata before the path of the resource', () => {
    expect(metadataUrl(RESOURCE)).toBe('https://memory.example/.well-known/oauth-protected-resource/mcp');
    expect(metadataUrl('https://memory.example')).toBe('https://memory.example/.well-known/oauth-protected-resource');
  });
});

describe('an OAuth user', () => {
  it('is one owner per issuer and subject', () => {
    const owner = ownerOfSubject('https://a.example', 'ann');
    expect(owner).toMatch(OWNER_PATTERN);
    expect(ownerOfSubject('https://a.example', 'ann')).toBe(owner);
    expect(ownerOfSubject('https://b.example', 'ann')).not.toBe(owner);
    expect(ownerOfSubject('https://a.example', 'bob')).not.toBe(owner);
  });

  it('gets the scopes that there are, but never administration', () => {
    const claims = { iss: 'https://a.example', sub: 'ann', client: 'agent', scope: 'openid admin memory:read' };
    expect(credentialOfClaims(claims)).toMatchObject({ client: 'agent', scopes: ['memory:read'] });
    expect(credentialOfClaims({ ...claims, client: 'two\nlines' }).client).toBe('oauth');
  });
});
