import { resolve } from 'node:path';
import { live, queueGroups, type Env } from '@memlane/contracts';
import { connectNats, openLog } from '@memlane/event-log';
import { MEMORY_PROJECTION, READ_MODEL_VERSION, readModelFiles } from '@memlane/read-model';
import type { Logger } from '@memlane/telemetry';
import { openVectorSearch, type VectorSearchOptions } from '@memlane/vector-store';
import { answererOf } from './answer-query.js';
import { followWrites } from './follow-writes.js';
import { watchFreshness } from './freshness.js';
import { trackProgress } from './progress-tracker.js';
import { openReadModels, untilThereAreFiles } from './read-models.js';
import { serveQueries } from './serve-queries.js';
import { openVectorLeg } from './vector-leg.js';

const SERVICE = 'query';

/**
 * Answers reads from the read model, read-only; never waits for a writer but for a position that was asked for.
 *
 * @param tuning of the vector search; its defaults suit a real load
 */
export async function start(
  { env, log }: { env: Env; log: Logger },
  tuning: Pick<VectorSearchOptions, 'exactUpTo'> = {},
): Promise<{ stop(): Promise<void> }> {
  const dataDir = resolve(env.MEMLANE_DATA_DIR);
  const nc = await connectNats(env, { name: SERVICE });
  const events = await openLog(nc, { partitions: env.MEMLANE_PARTITIONS, replicas: env.MEMLANE_REPLICAS });
  const projection = { name: MEMORY_PROJECTION, files: readModelFiles(dataDir), version: READ_MODEL_VERSION };
  await untilThereAreFiles(projection);

  const models = openReadModels(projection);
  const progress = trackProgress(nc, MEMORY_PROJECTION, ({ generation }) => {
    if (generation !== models.generation()) models.refresh();
  });
  const vectorProgress = trackProgress(nc, 'vectors');
  const vectorSearch = openVectorSearch({
    dataDir,
    partitions: events.partitions,
    ...(env.MEMLANE_CHROMA_URL !== undefined && { chromaUrl: env.MEMLANE_CHROMA_URL }),
    ...tuning,
    // The search leaves a broken collection alone for some seconds, so this is said no more often than that.
    onBroken: (owner, partition) => {
      nc.publish(live.admin('vector-projector', 'probe'), JSON.stringify({ owner, partition }));
    },
  });
  const vectors = openVectorLeg({
    nc,
    vectors: vectorSearch,
    progress: vectorProgress,
    enabled: env.MEMLANE_EMBEDDINGS !== 'none',
    db: (partition) => models.db(partition),
  });
  const writes = followWrites(events, ['memory', 'account']);
  const freshness = watchFreshness(events, models, progress, writes);
  const context = { models, freshness, vectors, partitions: events.partitions, clock: () => new Date() };
  const server = serveQueries(nc, log, {
    subjectOf: live.query,
    queue: queueGroups.query,
    inFlightLimit: 'queries_in_flight',
    answererOf: (name) => answererOf(context, name),
  });
  const status = nc.subscribe(live.admin(SERVICE, 'status'), {
    callback: (_error, message) => {
      message.respond(
        JSON.stringify({ service: SERVICE, generation: models.generation(), in_flight: server.inFlight() }),
      );
    },
  });
  await nc.flush();

  return {
    async stop() {
      status.unsubscribe();
      await server.stop();
      writes.close();
      progress.stop();
      vectorProgress.stop();
      vectorSearch.close();
      models.close();
      await nc.drain();
    },
  };
}
