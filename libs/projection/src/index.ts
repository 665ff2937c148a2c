export {
  advanceCheckpoint,
  CheckpointMovedError,
  checkpointSchema,
  LogRegressedError,
  readCheckpoint,
  type Checkpoint,
} from './checkpoint.js';
export { openReaderDb, openWriterDb, type Db } from './open-db.js';
