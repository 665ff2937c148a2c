import type { CodeQueryAnswer, CodeQueryInput, CodeQueryName } from '@memlane/contracts';
import type { Freshness, Standing } from '../freshness.js';
import type { ReadModels } from '../read-models.js';
import type { CodeVectorLeg } from './vector-leg.js';

/** What answering a query on code needs. */
export interface CodeQueryContext {
  readonly models: ReadModels;
  readonly freshness: Freshness;
  readonly vectors: CodeVectorLeg;
}

/** Answers one kind of query on code for one owner, with the code index at `standing` or later. */
export type CodeAnswerer<N extends CodeQueryName> = (
  context: CodeQueryContext,
  request: { readonly owner: string; readonly input: CodeQueryInput<N>; readonly standing: Standing },
) => Promise<CodeQueryAnswer<N>> | CodeQueryAnswer<N>;
