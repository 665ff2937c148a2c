export { hashApiKey, looksLikeApiKey } from './api-key.js';
export { bearerToken } from './bearer.js';
export { allows, defaultScopes, type Credential, type StoredKey } from './credential.js';
export { openKeyring, type Keyring } from './keyring.js';
export { createKey, listKeys, openKeyBucket, revokeKey, type NewKeyRequest } from './keys.js';
export { metadataUrl, oauthSettings, type OAuthSettings } from './oauth-settings.js';
export { ownerOfSubject } from './token-identity.js';
export { makeTokenVerifier, type RefusalReason, type TokenVerdict, type TokenVerifier } from './token-verifier.js';
