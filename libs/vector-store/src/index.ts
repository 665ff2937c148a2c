export { ChromaAway } from './chroma-client.js';
export { isBehind, summarizeChroma } from './chroma-state.js';
export { openChromaWriter, type ChromaSource, type ChromaWriter, type CollectionId } from './chroma-writer.js';
export {
  appliedSeqOf,
  countPending,
  pickPending,
  readCursor,
  takeIn,
  type OutboxCursor,
  type PickOptions,
} from './intake.js';
export type { PendingMemory } from './pending-memory.js';
export { rankFresh, type FreshMemory, type Hit } from './nearest.js';
export { commitEmbedded, embeddingKeyOf, hasEmbedding, type EmbeddedMemory } from './store-vectors.js';
export { vectorsPathOf, type VectorKind } from './vector-kind.js';
export {
  openVectorSearch,
  type NearestAnswer,
  type NearestRequest,
  type VectorSearch,
  type VectorSearchOptions,
} from './vector-search.js';
export { dropOtherSets, findSet, openSet, openVectorsWriter, type VectorSet } from './vectors-file.js';
