import { resolve } from 'node:path';
import { live, OWNER_PATTERN, type ProgressNotice } from '@memlane/contracts';
import { embedRemotely, type Embedded } from '@memlane/embeddings';
import { connectNats, openPace } from '@memlane/event-log';
import type { RunningService, ServiceConfig } from '@memlane/telemetry';
import { startChromaLoop, type ChromaLoop } from './chroma-loop.js';
import type { VectorKind } from '@memlane/vector-store';
import { codeSource } from './code-source.js';
import { memorySource } from './memory-source.js';
import type { VectorSource } from './vector-source.js';
import { askModel, type EmbedderModel } from './embedder-model.js';
import { followRestarts } from './embedder-restarts.js';
import { startPartitionLoop } from './partition-loop.js';
import type { Embed } from './project-partition.js';
import { createWakeup } from './wakeup.js';

/** How often an embedder that is away is asked for its model, and one that is there whether it is still the same. */
const ASK_AWAY_MS = 1_000;
const ASK_AGAIN_MS = 30_000;

/** Starts the vector projector for all partitions. */
export async function start({ env, log }: ServiceConfig): Promise<RunningService> {
  const dataDir = resolve(env.MEMLANE_DATA_DIR);
  const nc = await connectNats(env, { name: 'vector-projector' });
  const pace = openPace(nc);
  let model: EmbedderModel | undefined;
  let embedder: 'ok' | 'off' | 'unavailable' = 'unavailable';
  let stopped = false;
  const asking = createWakeup();
  let chroma: ChromaLoop | undefined;

  const restarts = followRestarts(nc, () => asking.wake());
  const ask: Embed = ({ lane, ...request }) =>
    restarts.unlessRestarted<Embedded>(embedRemotely(nc, lane, { ...request, kind: 'passage', split: true }), {
      ok: false,
      state: 'unavailable',
    });
  const embed: Embed = async (request) => {
    const answer = await ask(request);
    // The lane for what was just stored is short: what it has no room for goes with the bulk.
    const isFull = request.lane === 'fresh' && !answer.ok && answer.state === 'overloaded';
    return isFull ? ask({ ...request, lane: 'bulk' }) : answer;
  };

  const startLoop = (from: VectorSource, partition: number, embedOne: Embed) =>
    startPartitionLoop({
      nc,
      dataDir,
      from,
      partition,
      log,
      embed: embedOne,
      model: () => model,
      onModelChanged: () => asking.wake(),
      onOpened: () => chroma?.wake(),
      onChanged: (target, owners) => chroma?.wakeFor(target, owners),
      onDropped(collections) {
        if (collections.length > 0)
          chroma?.drop(collections).catch((error: unknown) => log.warn({ err: error }, 'old collections remain'));
      },
    });
  const lanes = Array.from({ length: env.MEMLANE_PARTITIONS }, (_, partition) => partition);
  const inTurn = oneAfterTheOther(embed);
  const loops = {
    memory: lanes.map((partition) => startLoop(memorySource(dataDir), partition, embed)),
    code: lanes.map((partition) => startLoop(codeSource(dataDir, pace), partition, inTurn)),
  };
  const all = [...loops.memory, ...loops.code];
  if (env.MEMLANE_CHROMA_URL !== undefined) {
    chroma = startChromaLoop({
      url: env.MEMLANE_CHROMA_URL,
      from: env.MEMLANE_CHROMA_FROM,
      sources: () => all.flatMap((loop) => loop.target() ?? []),
      onDamaged: () => {
        for (const loop of all) loop.check();
      },
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
        for (const loop of all) loop.wake();
      }
      await asking.sleep(embedder === 'ok' ? ASK_AGAIN_MS : ASK_AWAY_MS);
    }
  }
  const following = followModel();

  for (const kind of ['memory', 'code'] as const)
    nc.subscribe(live.progressAll(kind), {
      callback: (error, message) => {
        if (!error) loops[kind][message.json<ProgressNotice>().partition]?.wake();
      },
    });
  nc.subscribe(live.admin('vector-projector', 'probe'), {
    callback: (error, message) => {
      if (error) return;
      const {
        owner,
        partition,
        kind = 'memory',
      } = message.json<{ owner: string; partition: number; kind?: VectorKind }>();
      const source = kind in loops ? loops[kind][partition]?.target() : undefined;
      if (source && OWNER_PATTERN.test(owner)) chroma?.probe(source, owner);
    },
  });
  nc.subscribe(live.admin('vector-projector', 'check'), {
    callback: (error, message) => {
      if (error) return;
      const { partition, kind } = message.json<{ partition: number; kind: VectorKind }>();
      if (kind in loops) loops[kind][partition]?.check();
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
    partitions: loops.memory.map((loop) => loop.status()),
    code: loops.code.map((loop) => loop.status()),
    resident_bytes: process.memoryUsage.rss(),
  });

  return {
    async stop() {
      stopped = true;
      pace.close();
      asking.wake();
      await Promise.all([following, chroma?.stop()]);
      // A batch in the embedder is not waited for longer than its connection lives.
      const stopping = Promise.all(all.map((loop) => loop.stop()));
      await Promise.race([stopping, new Promise((done) => setTimeout(done, 5_000).unref())]);
      await nc.close();
      await stopping;
    },
  };
}

/** Lets no call begin before the one before it is done. */
function oneAfterTheOther<T, R>(work: (input: T) => Promise<R>): (input: T) => Promise<R> {
  let last: Promise<unknown> = Promise.resolve();
  return (input) => {
    const next = last.then(
      () => work(input),
      () => work(input),
    );
    last = next;
    return next;
  };
}
