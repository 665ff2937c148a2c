import type { QueryAnswer, QueryInput, QueryName } from '@memlane/contracts';
import type { Freshness, Standing } from './freshness.js';
import type { ReadModels } from './read-models.js';
import type { Source } from './source.js';
import type { VectorLeg } from './vector-leg.js';

/** What answering a query needs. */
export interface QueryContext {
  readonly models: ReadModels;
  readonly freshness: Freshness;
  readonly vectors: VectorLeg;
  readonly partitions: number;
  readonly clock: () => Date;
}

/** Answers one kind of query for one owner, with the read model at `standing` or later. */
export type Answerer<N extends QueryName> = (
  context: QueryContext,
  request: {
    readonly owner: string;
    readonly input: QueryInput<N>;
    readonly standing: Standing;
    /** What to look into; without spaces named, the owner's memories. */
    readonly sources: readonly Source[];
  },
) => Promise<QueryAnswer<N>> | QueryAnswer<N>;

/** The part of every answer that says where it stands: its owner's position, and how far behind the last source is. */
export function freshnessOf(
  { position, behind }: Standing,
  sources: readonly Source[] = [],
): { position: string; behind: number } {
  return { position, behind: Math.max(behind, ...sources.map(({ standing }) => standing.behind)) };
}
