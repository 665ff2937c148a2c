import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { BackgroundLost, type Background, type BackgroundRunner } from '@memlane/embeddings';
import { BACKGROUND_NICE, giveWay } from '@memlane/supervision';
import type { BackgroundMessage, BackgroundRun } from './background-protocol.js';

const STOP_GRACE_MS = 2_000;
// Run from TypeScript source there is no JavaScript beside this file: the build has it.
const entry = new URL(
  import.meta.url.endsWith('.ts') ? '../dist/background-main.js' : './background-main.js',
  import.meta.url,
);

/**
 * A second copy of the model in a process of its own: bulk work then runs beside queries, at a lower priority, and its
 * memory is given back when it ends. A worker thread would do neither, and ending one in a run aborts the process.
 */
export function backgroundProcess(modelDir: string): Background {
  return {
    async start() {
      // In a session of its own, which is what Linux shares the processor out to. It ends when its channel to us does.
      const child = fork(entry, [modelDir], { serialization: 'advanced', execArgv: [], detached: true });
      if (child.pid !== undefined) lowerPriority(child.pid);
      await untilReady(child);
      return runnerOf(child);
    },
  };
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, BACKGROUND_NICE);
  } catch {
    // It has ended already, which `untilReady` reports, or the system does not allow it: then it runs as it is.
  }
  void giveWay(pid, BACKGROUND_NICE);
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`the background ended at its start: ${signal ?? code}`)));
  });
}

function runnerOf(child: ChildProcess): BackgroundRunner {
  const open = new Map<number, { resolve(vectors: Float32Array[]): void; reject(error: Error): void }>();
  let nextId = 0;
  child.on('message', (message: BackgroundMessage) => {
    if (message.is === 'ready') return;
    const run = open.get(message.id);
    open.delete(message.id);
    if (message.is === 'done') run?.resolve(message.vectors);
    else run?.reject(new Error(message.message));
  });
  const lose = () => {
    for (const run of open.values()) run.reject(new BackgroundLost('the background process ended'));
    open.clear();
  };
  child.once('exit', lose);
  child.once('error', lose);
  return {
    embed: (texts, kind) =>
      new Promise((resolve, reject) => {
        if (!child.connected) return reject(new BackgroundLost('the background process has ended'));
        const run: BackgroundRun = { id: (nextId += 1), kind, texts };
        open.set(run.id, { resolve, reject });
        child.send(run, (error) => error && lose());
      }),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const kill = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
      clearTimeout(kill);
    },
  };
}
