import { mkdir } from 'node:fs/promises';
import type { ChromaProgram } from '@memlane/setup';
import { waitForPart } from './nats-process.js';
import { spawnTied, type TiedProcess } from './spawn-tied.js';

const PROBE_TIMEOUT_MS = 1_000;

/** How one Chroma server of this machine is set up. */
export interface ChromaSettings {
  /** Absolute path of its folder. */
  readonly dir: string;
  readonly port: number;
  readonly nice?: number;
}

/** Starts Chroma on the loopback address and waits for its heartbeat. */
export async function startChromaServer(program: ChromaProgram, settings: ChromaSettings): Promise<TiedProcess> {
  const { dir, port, nice = 0 } = settings;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const server = await spawnTied({
    command: program.command,
    args: [...program.args, 'run', '--host', '127.0.0.1', '--port', String(port), '--path', dir],
    // It writes a log of its own beside where it runs.
    cwd: dir,
    env: { CHROMA_OPEN_TELEMETRY__ENDPOINT: '', ANONYMIZED_TELEMETRY: 'False' },
    nice,
    // Four files for each collection that is loaded.
    raiseFileLimit: true,
  });
  await waitForPart('Chroma', server, () => hasHeartbeat(port));
  return server;
}

async function hasHeartbeat(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v2/heartbeat`, {
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
