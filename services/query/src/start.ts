import { queueGroups, live, type Env } from '@memlane/contracts';
import { MEMORY_PROJECTION, READ_MODEL_VERSION, readModelFiles } from '@memlane/read-model';
import type { Logger, RunningService } from '@memlane/telemetry';
import type { VectorSearchOptions } from '@memlane/vector-store';
import { answererOf } from './answer-query.js';
import { openReading } from './open-reading.js';
import { trackProgress } from './progress-tracker.js';
import { openVectorLeg } from './vector-leg.js';

/**
 * Answers reads from the read model, read-only; never waits for a writer but for a position that was asked for.
 *
 * @param tuning of the vector search; its defaults suit a real load
 */
export async function start(
  { env, log }: { env: Env; log: Logger },
  tuning: Pick<VectorSearchOptions, 'exactUpTo'> = {},
): Promise<RunningService> {
  const reading = await openReading(
    { env, log },
    {
      service: 'query',
      projectionIn: (dataDir) => ({
        name: MEMORY_PROJECTION,
        files: readModelFiles(dataDir),
        version: READ_MODEL_VERSION,
      }),
      writesTo: ['memory', 'account'],
      vectors: tuning,
    },
  );
  const { nc, events, models, freshness, vectorSearch } = reading;
  const vectorProgress = trackProgress(nc, 'vectors');
  const vectors = openVectorLeg({
    nc,
    vectors: vectorSearch,
    progress: vectorProgress,
    enabled: env.MEMLANE_EMBEDDINGS !== 'none',
    db: (partition) => models.db(partition),
  });
  const context = { models, freshness, vectors, partitions: events.partitions, clock: () => new Date() };
  return reading.serve(
    {
      subjectOf: live.query,
      queue: queueGroups.query,
      inFlightLimit: 'queries_in_flight',
      answererOf: (name) => answererOf(context, name),
    },
    () => vectorProgress.stop(),
  );
}
