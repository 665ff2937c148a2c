export { certainWords } from './whole-words.js';
export { fuseRanks, type FusedHit, type TextHit, type VectorHit } from './fuse-ranks.js';
export { kindOfQuery, legWeights, type LegWeights, type QueryKind } from './leg-weights.js';
export { matchAnyWord, matchPhrase, matchRareWords, matchWord, ownerToken } from './match-expression.js';
export { queryWords, splitWords } from './query-words.js';
export { describeMemory, embeddingText, windowText, type DescribedMemory } from './window-text.js';
