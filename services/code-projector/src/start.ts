import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import {
  CODE_PROJECTION,
  codeIndexFiles,
  openCodeWriter,
  openGraphBuilder,
  prepareCodeIndex,
} from '@memlane/code-index';
import { openParserPool, type SourceFile } from '@memlane/code-intel';
import { connectNats, openBlobs, openLog, openPace } from '@memlane/event-log';
import { startProjector } from '@memlane/projection';
import type { RunningService, ServiceConfig } from '@memlane/telemetry';

const SERVICE = 'code-projector';

/** Threads that parse; each has grammars of some 20 MB, and writing needs a core as well. */
const MOST_PARSERS = 4;

/** Projects the repositories of every partition into the code index, and rebuilds it on request. */
export async function start({ env, log }: ServiceConfig): Promise<RunningService> {
  const nc = await connectNats(env, { name: SERVICE });
  const events = await openLog(nc, { partitions: env.MEMLANE_PARTITIONS, replicas: env.MEMLANE_REPLICAS });
  const parsers = openParserPool({ workers: Math.min(MOST_PARSERS, availableParallelism()) });
  const pace = openPace(nc);
  const graphs = openGraphBuilder({
    onFailure: (err) => log.error({ err }, 'a repository is left without ranks'),
  });
  const sources = {
    blobs: openBlobs(events),
    parse: (file: SourceFile) => pace.inTurn(() => parsers.parse(file)),
    graph: (...of: Parameters<typeof graphs.build>) => graphs.build(...of),
    pace,
  };
  const projector = await startProjector({
    service: SERVICE,
    events,
    log,
    model: {
      name: CODE_PROJECTION,
      files: codeIndexFiles(resolve(env.MEMLANE_DATA_DIR)),
      prepareFile: prepareCodeIndex,
      openWriter: (db) => openCodeWriter(db, sources),
    },
  });
  return {
    async stop() {
      const stopped = projector.stop();
      // What is being prepared is prepared again after the next start.
      await Promise.all([parsers.close(), graphs.close()]);
      await stopped;
      pace.close();
      await nc.drain();
    },
  };
}
