import { resolve } from 'node:path';
import type { Env } from '@memlane/contracts';
import { connectNats, openLog } from '@memlane/event-log';
import { startProjector } from '@memlane/projection';
import { MEMORY_PROJECTION, openMemoryWriter, prepareReadModel, readModelFiles } from '@memlane/read-model';
import type { Logger } from '@memlane/telemetry';

const SERVICE = 'memory-projector';

/** Projects the memory events of every partition into SQLite, and rebuilds the read model on request. */
export async function start({ env, log }: { env: Env; log: Logger }): Promise<{ stop(): Promise<void> }> {
  const nc = await connectNats(env, { name: SERVICE });
  const events = await openLog(nc, { partitions: env.MEMLANE_PARTITIONS, replicas: env.MEMLANE_REPLICAS });
  const projector = await startProjector({
    service: SERVICE,
    events,
    log,
    model: {
      name: MEMORY_PROJECTION,
      files: readModelFiles(resolve(env.MEMLANE_DATA_DIR)),
      prepareFile: prepareReadModel,
      openWriter: openMemoryWriter,
    },
  });
  return {
    async stop() {
      await projector.stop();
      await nc.drain();
    },
  };
}
