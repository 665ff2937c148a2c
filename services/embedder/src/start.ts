import { setImmediate as nextTurn } from 'node:timers/promises';
import { embedLanes, live, queueGroups, type EmbedLane } from '@memlane/contracts';
import { createQueryCache, encodeRefusal, openLanes, type Lanes } from '@memlane/embeddings';
import { loadLocalModel, type Model } from '@memlane/embeddings/local-model';
import { connectNats, onConnection } from '@memlane/event-log';
import type { RunningService, ServiceConfig } from '@memlane/telemetry';
import type { Msg } from '@nats-io/nats-core';
import { backgroundProcess } from './background.js';
import { answerEmbedRequest, parseEmbedRequest, type Answer } from './embed-request.js';
import { createLatency } from './latency.js';

/** Starts the embedder. Without a model it runs too, and says to everyone who asks that embedding is off. */
export async function start({ env, log }: ServiceConfig): Promise<RunningService> {
  const modelDir = env.MEMLANE_EMBEDDINGS === 'local' ? env.MEMLANE_MODEL_DIR : undefined;
  const model = modelDir === undefined ? undefined : await loadLocalModel(modelDir);
  const lanes = model && modelDir !== undefined ? openModelLanes(model, modelDir) : undefined;
  const cache = createQueryCache();
  const latency = new Map(embedLanes.map((lane) => [lane, createLatency()]));
  const nc = await connectNats(env, { name: 'embedder' });

  function openModelLanes(local: Model, dir: string): Lanes {
    return openLanes({
      foreground: (texts, kind) => local.embed(texts, kind),
      background: backgroundProcess(dir),
      breathe: () => nextTurn(),
      later: (action, ms) => {
        const timer = setTimeout(action, ms);
        timer.unref();
        return () => clearTimeout(timer);
      },
      now: () => performance.now(),
      onBackgroundError: (error) => log.warn({ err: error }, 'the background process was lost'),
    });
  }

  async function answer(lane: EmbedLane, data: Uint8Array): Promise<Answer> {
    if (!model || !lanes) return encodeRefusal('MEMLANE_ERR_UNAVAILABLE', 'off');
    const request = parseEmbedRequest(data);
    if (!request) return encodeRefusal('MEMLANE_ERR_INVALID_INPUT');
    const begun = performance.now();
    try {
      return await answerEmbedRequest({ model, lanes, cache }, lane, request);
    } catch (error) {
      log.error({ err: error, lane, texts: request.texts.length }, 'could not embed');
      return encodeRefusal('MEMLANE_ERR_INTERNAL');
    } finally {
      latency.get(lane)?.add(performance.now() - begun);
    }
  }

  const respond = (lane: EmbedLane) => async (message: Msg) => {
    const { data, headers } = await answer(lane, message.data);
    message.respond(data, { headers });
  };
  for (const lane of embedLanes) {
    const handle = respond(lane);
    nc.subscribe(live.embed(lane), {
      queue: queueGroups.embedder,
      callback: (error, message) => {
        if (error) log.warn({ err: error }, 'subscription failed');
        else handle(message).catch((cause: unknown) => log.error({ err: cause }, 'could not answer'));
      },
    });
  }

  nc.subscribe(live.admin('embedder', 'status'), {
    callback: (_error, message) => void message.respond(JSON.stringify(status())),
  });
  const status = () => ({
    embeddings: model ? 'ok' : 'off',
    model: model ? { key: model.key, id: model.id, sha256: model.sha256, dimensions: model.dimensions } : null,
    lanes: lanes?.status() ?? null,
    latency: Object.fromEntries([...latency].map(([lane, times]) => [lane, times.summary()])),
    resident_bytes: process.memoryUsage.rss(),
  });
  // Whoever waits for an answer of one that died, or whose answer was lost with the connection, asks again.
  nc.publish(live.admin('embedder', 'started'));
  onConnection(nc, 'reconnect', () => nc.publish(live.admin('embedder', 'started')));
  // Ready is who is heard: the server knows the subscriptions now.
  await nc.flush();
  log.info({ model: model?.key ?? null }, model ? 'model loaded' : 'no model: embedding is off');

  return {
    async stop() {
      await lanes?.close();
      await nc.drain();
      await model?.close();
    },
  };
}
