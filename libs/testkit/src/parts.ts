import { homedir } from 'node:os';
import { findCacheDir, resolveChroma, resolveModel, resolveNatsServer, type Report } from '@memlane/setup';

const quiet: Report = () => undefined;

function place(report: Report) {
  return { cacheDir: findCacheDir({ env: process.env, platform: process.platform, home: homedir() }), report };
}

export function natsServerProgram() {
  return resolveNatsServer(place(quiet));
}

export function chromaProgram() {
  return resolveChroma(place(quiet));
}

/** Folder of the embedding model. @throws Error when there is none: tests need the real one */
export async function modelDir(): Promise<string> {
  const model = await resolveModel(place(quiet));
  if (model.kind === 'none') throw new Error(model.notice);
  return model.dir;
}

/** Gets every part into the cache, saying what it does; a run does it once, before its tests. */
export async function prepareParts(report: Report): Promise<void> {
  await Promise.all([resolveNatsServer(place(report)), resolveChroma(place(report)), resolveModel(place(report))]);
}
