import { homedir } from 'node:os';
import type { Env } from '@memlane/contracts';
import {
  findCacheDir,
  PartUnavailableError,
  resolveChroma,
  resolveModel,
  resolveNatsServer,
  type ChromaProgram,
  type NatsServerProgram,
} from '@memlane/setup';
import type { Log } from '@memlane/supervision';

/** The parts that a system runs on; what is `undefined` is not ours to run. */
export interface PreparedParts {
  readonly nats?: NatsServerProgram;
  readonly chroma?: ChromaProgram;
  readonly modelDir?: string;
}

/**
 * Gets every part, at the same time. Chroma and the model can be done without: search says so in its answers.
 * @throws PartUnavailableError without nats-server
 */
export async function prepareParts(env: Env, log: Log): Promise<PreparedParts> {
  const cacheDir = findCacheDir({
    env: { ...process.env, MEMLANE_CACHE_DIR: env.MEMLANE_CACHE_DIR },
    platform: process.platform,
    home: homedir(),
  });
  const place = { cacheDir, report: (line: string) => log.say('info', 'setup', line) };
  const [nats, chroma, model] = await Promise.all([
    process.env['MEMLANE_NATS_URL'] ? undefined : resolveNatsServer(place, env.MEMLANE_NATS_SERVER),
    env.MEMLANE_CHROMA_URL ? undefined : resolveChroma(place).catch(goWithout(log)),
    env.MEMLANE_EMBEDDINGS === 'none' ? undefined : resolveModel(place, env.MEMLANE_MODEL_DIR),
  ]);
  if (model?.kind === 'none') log.say('warn', 'setup', model.notice);
  return {
    ...(nats ? { nats } : {}),
    ...(chroma ? { chroma } : {}),
    ...(model?.kind === 'found' ? { modelDir: model.dir } : {}),
  };
}

function goWithout(log: Log) {
  return (error: unknown): undefined => {
    if (!(error instanceof PartUnavailableError)) throw error;
    log.say('warn', 'setup', error.message);
    return undefined;
  };
}
