import type { QueryAnswer, QueryInput, QueryName } from '@memlane/contracts';
import type { Freshness, Standing } from './freshness.js';
import type { ReadModels } from './read-models.js';
import type { VectorLeg } from './vector-leg.js';

/** What answering a query needs. */
export interface QueryContext {
  readonly models: ReadModels;
  readonly freshness: Freshness;
  readonly vectors: VectorLeg;
  readonly clock: () => Date;
}

/** Answers one kind of query for one owner, with the read model at `standing` or later. */
export type Answerer<N extends QueryName> = (
  context: QueryContext,
  request: { readonly owner: string; readonly input: QueryInput<N>; readonly standing: Standing },
) => Promise<QueryAnswer<N>> | QueryAnswer<N>;

/** The part of every answer that says where it stands. */
export function freshnessOf({ position, behind }: Standing): { position: string; behind: number } {
  return { position, behind };
}
