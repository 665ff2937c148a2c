export {
  advanceCheckpoint,
  CheckpointMovedError,
  checkpointSchema,
  LogRegressedError,
  readCheckpoint,
  type Checkpoint,
} from './checkpoint.js';
export { openReaderDb, openWriterDb, type Db } from './open-db.js';
export {
  runProjection,
  type ProjectionOptions,
  type ProjectionProgress,
  type RunningProjection,
} from './run-projection.js';
export type { PoisonCommit } from './find-unreadable.js';
