import type { OwnerFacts } from './decide.js';

/** Facts of an owner who has nothing but what is given. */
export function factsWith(given: Partial<OwnerFacts>): OwnerFacts {
  return {
    owner: 'ann',
    memory: { byId: () => undefined, byContentHash: () => undefined, matching: () => [] },
    account: { exists: () => false, key: () => undefined, countKeys: () => 0 },
    repo: { byId: () => undefined, activeJobs: () => 0, autoSynced: () => 0 },
    sharing: { share: () => undefined, sharesOf: () => [], count: () => 0 },
    team: { exists: () => false, isMember: () => false, countMembers: () => 0 },
    ...given,
  };
}
