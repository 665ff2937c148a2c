export { readAccountCommits, type AccountCommit } from './account-commits.js';
export { looksLikeApiKey } from './api-key.js';
export { bearerToken } from './bearer.js';
export { allows, defaultScopes, type Credential } from './credential.js';
export { keyBucketWhenNeeded, openKeyBucket } from './key-bucket.js';
export { openKeyUse, viewOfKey, type KeyUse } from './key-use.js';
export { openKeyring, type Keyring } from './keyring.js';
export {
  createKey,
  listKeys,
  prepareKey,
  prepareRotation,
  revokeKey,
  rotateKey,
  type ListedKey,
  type NewKeyRequest,
} from './keys.js';
export { importLegacyKeys } from './legacy-keys.js';
export { runOperatorCommand } from './operator-commands.js';
export { metadataUrl, oauthSettings, type OAuthSettings } from './oauth-settings.js';
export { changeTeam, createTeam, listTeams, type Teams, type AdminCommandType } from './teams.js';
export { ownerOfSubject } from './token-identity.js';
