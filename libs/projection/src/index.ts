export {
  advanceCheckpoint,
  CheckpointMovedError,
  checkpointSchema,
  LogRegressedError,
  readCheckpoint,
  type Checkpoint,
} from './checkpoint.js';
export { BETWEEN_CHECKS_MS, isDamaged, isSound, openOrSetAside, setAside } from './damage.js';
export { inodeOf } from './file-identity.js';
export { openReaderDb, openWriterDb, type Db } from './open-db.js';
export { readLiveGeneration, writeLiveGeneration, type GenerationFiles } from './generation.js';
export { listParked, parkedSchema, parkOwner, type ParkedOwner } from './parked.js';
export type { ModelWriter, ProjectedModel } from './projected-model.js';
export {
  runProjection,
  type ProjectionOptions,
  type ProjectionProgress,
  type RunningProjection,
} from './run-projection.js';
export type { PoisonCommit } from './find-unreadable.js';
export type { PreparedItem } from './prepare-ahead.js';
export { startProjector } from './start-projector.js';
export { ownerKeyOf, prepareOnce } from './statements.js';
