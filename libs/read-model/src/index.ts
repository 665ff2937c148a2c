export { applyCommits, openMemoryWriter, type CommitItem, type MemoryWriter } from './apply-commits.js';
export { readCodeLinks, type CodeLink, type SeenCode } from './code-memories.js';
export { digestReadModel } from './digest.js';
export { isNarrow, type MemoryFilter, type ReadScope } from './filter.js';
export { readGeneration, readModelFiles, writeGeneration } from './generation.js';
export { getMemory, type FoundMemory } from './get-memory.js';
export {
  countMemories,
  filterIds,
  idsIn,
  listMemories,
  readMemories,
  type MemoryPage,
  type PageKey,
} from './list-memories.js';
export { MEMORY_PROJECTION, memorySchema, prepareReadModel, READ_MODEL_VERSION } from './memory-schema.js';
export { overview, storedBytes, type OwnerOverview } from './overview.js';
export { grantOf, listGiven, listReceived, type Grant } from './read-sharing.js';
export { teamsOf, teamsSharedWith } from './read-teams.js';
export { scanLiteral, searchText, type LiteralSlice } from './search-text.js';
export {
  countVectorBacklog,
  readNewestOfOutbox,
  readOutboxTexts,
  readVectorOutbox,
  type OutboxRow,
} from './vector-outbox.js';
