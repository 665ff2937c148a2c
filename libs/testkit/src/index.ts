export { compareTimes } from './compare-times.js';
export { startGitServer, type GitServer } from './git-server.js';
export * from './git-repository.js';
export { generousPlans, writePlanFile } from './plans.js';
export { modelDir, natsServerProgram, prepareParts } from './parts.js';
export { runCli, startSystem, type RunningSystem, type SystemOptions, type SystemPart } from './system.js';
export { damageFile, damageTable } from './damage.js';
export { startChroma, type TestChroma } from './chroma.js';
export { startNatsServer, type TestNatsServer } from './nats-server.js';
export { tempDir, TEST_ROOT_VARIABLE } from './temp-dir.js';
export {
  readSourceTree,
  recordRepositories,
  type RecordingBlobs,
  type RecordingLog,
  type RepositoryRecorder,
  type SourceTree,
} from './repository.js';
