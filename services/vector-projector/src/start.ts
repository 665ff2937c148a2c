import { resolve } from 'node:path';
import { live, OWNER_PATTERN, type ProgressNotice } from '@memlane/contracts';
import { embedRemotely, type Embedded } from '@memlane/embeddings';
import { connectNats } from '@memlane/event-log';
import type { RunningService, ServiceConfig } from '@memlane/telemetry';
import { startChromaLoop, type ChromaLoop } from './chroma-loop.js';
import { askModel, type EmbedderModel } from './embedder-model.js';
import { followRestarts } from './embedder-restarts.js';
import { startPartitionLoop } from './partition-loop.js';
import { createWakeup } from './wakeup.js';

/** How often an embedder that is away is asked for its model, and one that is there whether it is still the same. */
const ASK_AWAY_MS = 1_000;
const ASK_AGAIN_MS = 30_000;

/** Starts the vector projector for all partitions. */
export async function start({ env, log }: ServiceConfig): Promise<RunningService> {
  const dataDir = resolve(env.MEMLANE_DATA_DIR);
  const nc = await connectNats(env, { name: 'vector-projector' });
  let model: EmbedderModel | undefined;
  let embedder: 'ok' | 'off' | 'unavailable' = 'unavailable';
  let stopped = false;
  const asking = createWakeup();
  let chroma: ChromaLoop | undefined;

  const restarts = followRestarts(nc, () => asking.wake());
  const embed = (texts: readonly string[]): Promise<Embedded> =>
    restarts.unlessRestarted<Embedded>(embedRemotely(nc, 'bulk', { kind: 'passage', texts, split: true }), {
      ok: false,
      state: 'unavailable',
    });

  const partitions = Array.from({ length: env.MEMLANE_PARTITIONS }, (_, partition) =>
    startPartitionLoop({
      nc,
      dataDir,
      partition,
      log,
      embed,
      model: () => model,
      onModelChanged: () => asking.wake(),
      onStored(dropped) {
        chroma?.wake();
        if (dropped.length > 0)
          chroma?.drop(dropped).catch((error: unknown) => log.warn({ err: error }, 'old collections remain'));
      },
    }),
  );
  if (env.MEMLANE_CHROMA_URL !== undefined) {
    chroma = startChromaLoop({
      url: env.MEMLANE_CHROMA_URL,
      from: env.MEMLANE_CHROMA_FROM,
      sources: () => partitions.flatMap((loop) => loop.target() ?? []),
      log,
    });
  }

  async function followModel(): Promise<void> {
    while (!stopped) {
      const answer = await askModel(nc);
      embedder = typeof answer === 'string' ? answer : 'ok';
      if (typeof answer !== 'string' && answer.key !== model?.key) {
        model = answer;
        log.info({ model: answer.key }, 'model of the embedder');
        for (const loop of partitions) loop.wake();
      }
      await asking.sleep(embedder === 'ok' ? ASK_AGAIN_MS : ASK_AWAY_MS);
    }
  }
  const following = followModel();

  nc.subscribe(live.progressAll('memory'), {
    callback: (error, message) => {
      if (!error) partitions[message.json<ProgressNotice>().partition]?.wake();
    },
  });
  nc.subscribe(live.admin('vector-projector', 'probe'), {
    callback: (error, message) => {
      if (error) return;
      const { owner, partition } = message.json<{ owner: string; partition: number }>();
      const source = partitions[partition]?.target();
      if (source && OWNER_PATTERN.test(owner)) chroma?.probe(source, owner);
    },
  });
  nc.subscribe(live.admin('vector-projector', 'status'), {
    callback: (error, message) => {
      if (!error) message.respond(JSON.stringify(status()));
    },
  });
  const status = () => ({
    model: model?.key ?? null,
    embedder,
    chroma: chroma?.state() ?? 'off',
    partitions: partitions.map((loop) => loop.status()),
    resident_bytes: process.memoryUsage.rss(),
  });

  return {
    async stop() {
      stopped = true;
      asking.wake();
      await Promise.all([following, chroma?.stop()]);
      // A batch in the embedder is not waited for longer than its connection lives.
      const stopping = Promise.all(partitions.map((loop) => loop.stop()));
      await Promise.race([stopping, new Promise((done) => setTimeout(done, 5_000).unref())]);
      await nc.close();
      await stopping;
    },
  };
}
