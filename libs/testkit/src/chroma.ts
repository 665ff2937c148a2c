import { findFreePort, startChromaServer } from '@memlane/supervision';
import { keepAlive } from './nats-server.js';
import { chromaProgram } from './parts.js';
import { tempDir } from './temp-dir.js';

/** A Chroma server of one test, empty, in a temporary folder. */
export interface TestChroma {
  readonly url: string;
  readonly kill9: () => Promise<void>;
  /** Starts it again on the same port and folder, stopping it first when it runs. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts a real Chroma server on a free port. */
export async function startChroma(): Promise<TestChroma> {
  const program = await chromaProgram();
  const settings = { dir: await tempDir(), port: await findFreePort() };
  const life = await keepAlive(() => startChromaServer(program, settings));
  return { url: `http://127.0.0.1:${settings.port}`, ...life };
}
