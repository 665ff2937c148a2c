import { live, type AggregateKind, type Env } from '@memlane/contracts';
import { connectNats, openLog, type EventLog } from '@memlane/event-log';
import type { Logger, RunningService } from '@memlane/telemetry';
import { openVectorSearch, type VectorSearch, type VectorSearchOptions } from '@memlane/vector-store';
import type { NatsConnection } from '@nats-io/nats-core';
import { resolve } from 'node:path';
import { followWrites } from './follow-writes.js';
import { watchFreshness, type Freshness } from './freshness.js';
import { trackProgress } from './progress-tracker.js';
import { openReadModels, untilThereAreFiles, type ReadModels, type ReadProjection } from './read-models.js';
import { serveQueries, type ServedQueries } from './serve-queries.js';

/** What a process reads, and whose writes its reads must see. */
export interface ReadingSettings {
  readonly service: string;
  readonly projectionIn: (dataDir: string) => ReadProjection;
  readonly writesTo: readonly AggregateKind[];
  readonly vectors: Pick<VectorSearchOptions, 'kind' | 'cacheBytes' | 'exactUpTo'>;
}

/** What answering queries from a projection needs, all of it open. */
export interface Reading {
  readonly nc: NatsConnection;
  readonly events: EventLog;
  readonly models: ReadModels;
  readonly vectorSearch: VectorSearch;
  readonly freshness: Freshness;
  /** Answers queries and says how the service is, until it is stopped. @param alsoClose what else then ends */
  serve(served: ServedQueries, alsoClose?: () => void): Promise<RunningService>;
}

/** Opens a projection for reading, as soon as there are files of it. */
export async function openReading(
  { env, log }: { readonly env: Env; readonly log: Logger },
  { service, projectionIn, writesTo, vectors }: ReadingSettings,
): Promise<Reading> {
  const nc = await connectNats(env, { name: service });
  const events = await openLog(nc, { partitions: env.MEMLANE_PARTITIONS, replicas: env.MEMLANE_REPLICAS });
  const dataDir = resolve(env.MEMLANE_DATA_DIR);
  const projection = projectionIn(dataDir);
  await untilThereAreFiles(projection);

  // The writer may never look at what a reader has found damaged. It reads its files no more often than it sees fit.
  const reportDamage = () => nc.publish(live.admin(`${projection.name}-projector`, 'check'));
  const models = openReadModels(projection, reportDamage);
  const progress = trackProgress(nc, projection.name, ({ generation }) => {
    if (generation !== models.generation()) models.refresh();
  });
  const { kind = 'memory' } = vectors;
  const vectorSearch = openVectorSearch({
    ...vectors,
    dataDir,
    partitions: events.partitions,
    ...(env.MEMLANE_CHROMA_URL !== undefined && { chromaUrl: env.MEMLANE_CHROMA_URL }),
    // The search leaves a broken collection alone for some seconds, so this is said no more often than that.
    onBroken: (owner, partition) => {
      nc.publish(live.admin('vector-projector', 'probe'), JSON.stringify({ owner, partition, kind }));
    },
    onDamaged: (partition) => {
      nc.publish(live.admin('vector-projector', 'check'), JSON.stringify({ partition, kind }));
    },
  });
  const writes = followWrites(events, writesTo);
  const freshness = watchFreshness(events, models, progress, writes, (partition, seq) =>
    nc.publish(live.awaited(projection.name, partition), String(seq)),
  );

  return {
    nc,
    events,
    models,
    vectorSearch,
    freshness,
    async serve(served, alsoClose) {
      const server = serveQueries(nc, log, served, reportDamage);
      const status = nc.subscribe(live.admin(service, 'status'), {
        callback: (_error, message) => {
          const generation = models.generation();
          message.respond(JSON.stringify({ service, generation, in_flight: server.inFlight() }));
        },
      });
      await nc.flush();
      return {
        async stop() {
          status.unsubscribe();
          await server.stop();
          writes.close();
          progress.stop();
          alsoClose?.();
          vectorSearch.close();
          models.close();
          await nc.drain();
        },
      };
    },
  };
}
