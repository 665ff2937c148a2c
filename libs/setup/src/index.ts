export { findCacheDir } from './cache-dir.js';
export { PartUnavailableError, takeFirst, type Attempt, type Candidate } from './candidates.js';
export { ChecksumMismatchError, sha256OfFile, verifyFile } from './checksum.js';
export { resolveChroma, type ChromaProgram } from './chroma.js';
export { resolveModel, type ModelFolder } from './model/resolve-model.js';
export { resolveNatsServer, type NatsServerProgram } from './nats-server.js';
export { formatBytes, reportWhile, type Report } from './report.js';
