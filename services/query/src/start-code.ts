import { CODE_INDEX_VERSION, CODE_PROJECTION, codeIndexFiles } from '@memlane/code-index';
import { limit, live, queueGroups } from '@memlane/contracts';
import type { RunningService, ServiceConfig } from '@memlane/telemetry';
import { codeAnswererOf } from './code/answer-code-query.js';
import { openCodeVectorLeg } from './code/vector-leg.js';
import { openReading } from './open-reading.js';

/**
 * Answers reads of code from the code index, read-only. A process of its own: a search over much code takes
 * milliseconds of a thread, which no read of a memory should wait for.
 */
export async function startCode({ env, log }: ServiceConfig): Promise<RunningService> {
  const reading = await openReading(
    { env, log },
    {
      service: 'code-query',
      projectionIn: (dataDir) => ({
        name: CODE_PROJECTION,
        files: codeIndexFiles(dataDir),
        version: CODE_INDEX_VERSION,
      }),
      writesTo: ['repo'],
      vectors: { kind: 'code', cacheBytes: limit('code_vector_cache_bytes') },
    },
  );
  const { nc, models, freshness, vectorSearch } = reading;
  const vectors = openCodeVectorLeg({
    nc,
    vectors: vectorSearch,
    enabled: env.MEMLANE_EMBEDDINGS !== 'none',
    db: (partition) => models.db(partition),
  });
  const context = { models, freshness, vectors };
  return reading.serve({
    subjectOf: live.codeQuery,
    queue: queueGroups.codeQuery,
    inFlightLimit: 'code_queries_in_flight',
    answererOf: (name) => codeAnswererOf(context, name),
  });
}
