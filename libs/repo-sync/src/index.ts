export { checkSource, isPublicAddress, type CheckedSource, type SourceChecks } from './check-source.js';
export { openMirror, type FetchProgress, type Mirror, type MirrorSettings, type RemoteRef } from './mirror.js';
export { prepareFiles, type PreparedBatch } from './prepare-files.js';
export { REDACTED, redactSecrets, type Redacted } from './redact-secrets.js';
export { RULES_VERSION } from './skip-rules.js';
export { SyncError, type SyncFailure } from './sync-error.js';
export type { TreeEntry } from './tree-entries.js';
