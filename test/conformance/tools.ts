import { findCacheDir } from '@memlane/setup';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The suite and the inspector need Node 22. It comes from the registry like they do, into the cache folder: inside the
// project its `node` would get onto the PATH of every npx.

const MANIFEST = fileURLToPath(new URL('./tools', import.meta.url));

/** What a program printed, and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the programs of the conformance tests under Node 22. */
export interface ConformanceTools {
  readonly run: (program: 'conformance' | 'mcp-inspector', args: readonly string[], cwd: string) => Promise<Ended>;
}

/** Installs the tools as their lock says, once for each lock. */
export async function installConformanceTools(): Promise<ConformanceTools> {
  const lock = await readFile(join(MANIFEST, 'package-lock.json'));
  const name = `conformance-tools-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`;
  const cacheDir = findCacheDir({ env: process.env, platform: process.platform, home: homedir() });
  const dir = join(cacheDir, name);
  if (!(await exists(dir))) await install(dir);
  const bin = join(dir, 'node_modules', '.bin');
  return {
    run: (program, args, cwd) => runToEnd(join(bin, 'node'), [join(bin, program), ...args], cwd),
  };
}

async function install(dir: string): Promise<void> {
  const making = `${dir}.${process.pid}`;
  await mkdir(making, { recursive: true });
  await cp(MANIFEST, making, { recursive: true });
  const { code, output } = await runToEnd('npm', ['ci', '--no-audit', '--no-fund'], making);
  if (code !== 0) throw new Error(`npm ci of the conformance tools ended with ${String(code)}:\n${output}`);
  // In place at once or not at all: a run that was interrupted leaves nothing that looks complete.
  await rename(making, dir).catch(async (error: unknown) => {
    await rm(making, { recursive: true, force: true });
    if (!(await exists(dir))) throw error;
  });
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function runToEnd(program: string, args: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
