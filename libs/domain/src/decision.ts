import type { ErrorBody, DomainEvent } from '@memlane/contracts';
import type { EnteredSpace } from './sharing/enter-space.js';

/** What became of a command: events to append, an answer that changes nothing, or a refusal. */
export type Decision<Result> =
  | { readonly kind: 'append'; readonly events: readonly DomainEvent[]; readonly result: Result }
  | { readonly kind: 'quiet'; readonly result: Result }
  | { readonly kind: 'rejected'; readonly error: ErrorBody };

/** What a decision takes from the world. */
export interface DecisionContext {
  /** Time of the decision, ISO 8601 UTC. */
  readonly now: string;
  /** A new memory id; never the same twice. */
  readonly newId: () => string;
  /** The space that a command on memories goes through; without it, the owner's own. */
  readonly space?: EnteredSpace;
}
