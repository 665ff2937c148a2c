import { resolve } from 'node:path';
import { CODE_INDEX_VERSION, CODE_PROJECTION, codeIndexFiles } from '@memlane/code-index';
import { limit, live, queueGroups } from '@memlane/contracts';
import { connectNats, openLog } from '@memlane/event-log';
import type { RunningService, ServiceConfig } from '@memlane/telemetry';
import { openVectorSearch } from '@memlane/vector-store';
import { codeAnswererOf } from './code/answer-code-query.js';
import { openCodeVectorLeg } from './code/vector-leg.js';
import { followWrites } from './follow-writes.js';
import { watchFreshness } from './freshness.js';
import { trackProgress } from './progress-tracker.js';
import { openReadModels, untilThereAreFiles } from './read-models.js';
import { serveQueries } from './serve-queries.js';

const SERVICE = 'code-query';

/**
 * Answers reads of code from the code index, read-only. A process of its own: a search over much code takes
 * milliseconds of a thread, which no read of a memory should wait for.
 */
export async function startCode({ env, log }: ServiceConfig): Promise<RunningService> {
  const nc = await connectNats(env, { name: SERVICE });
  const events = await openLog(nc, { partitions: env.MEMLANE_PARTITIONS, replicas: env.MEMLANE_REPLICAS });
  const dataDir = resolve(env.MEMLANE_DATA_DIR);
  const files = codeIndexFiles(dataDir);
  const projection = { name: CODE_PROJECTION, files, version: CODE_INDEX_VERSION };
  await untilThereAreFiles(projection);

  const models = openReadModels(projection);
  const progress = trackProgress(nc, CODE_PROJECTION, ({ generation }) => {
    if (generation !== models.generation()) models.refresh();
  });
  const writes = followWrites(events, ['repo']);
  const vectorSearch = openVectorSearch({
    kind: 'code',
    dataDir,
    partitions: events.partitions,
    cacheBytes: limit('code_vector_cache_bytes'),
    ...(env.MEMLANE_CHROMA_URL !== undefined && { chromaUrl: env.MEMLANE_CHROMA_URL }),
    onBroken: (owner, partition) => {
      nc.publish(live.admin('vector-projector', 'probe'), JSON.stringify({ owner, partition, kind: 'code' }));
    },
  });
  const vectors = openCodeVectorLeg({
    nc,
    vectors: vectorSearch,
    enabled: env.MEMLANE_EMBEDDINGS !== 'none',
    db: (partition) => models.db(partition),
  });
  const freshness = watchFreshness(events, models, progress, writes);
  const context = { models, freshness, vectors };
  const server = serveQueries(nc, log, {
    subjectOf: live.codeQuery,
    queue: queueGroups.codeQuery,
    inFlightLimit: 'code_queries_in_flight',
    answererOf: (name) => codeAnswererOf(context, name),
  });
  const status = nc.subscribe(live.admin(SERVICE, 'status'), {
    callback: (_error, message) => {
      const generation = models.generation();
      message.respond(JSON.stringify({ service: SERVICE, generation, in_flight: server.inFlight() }));
    },
  });
  await nc.flush();

  return {
    async stop() {
      status.unsubscribe();
      await server.stop();
      writes.close();
      progress.stop();
      vectorSearch.close();
      models.close();
      await nc.drain();
    },
  };
}
