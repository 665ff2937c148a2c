export { decide, type OwnerFacts } from './decide.js';
export type { Decision, DecisionContext } from './decision.js';
export { concernedIds, evolve } from './memory/evolve.js';
export { canonicalJson, hashContent, normaliseTags } from './memory/fingerprints.js';
export { isExpired, type MemoryFacts, type MemoryFactsReader, type MemoryFilter } from './memory/state.js';
export { evolveRepo } from './repo/evolve.js';
export { isActive, type JobFacts, type PlanFacts, type RepoFacts, type RepoFactsReader } from './repo/state.js';
export { evolveShare } from './sharing/evolve.js';
export type { Share, SharingFactsReader } from './sharing/state.js';
