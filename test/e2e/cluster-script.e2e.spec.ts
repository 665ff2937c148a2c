import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dataPaths } from '@memlane/contracts';
import { tempDir } from '@memlane/testkit';
import { expect, test, vi } from 'vitest';
import { McpCaller } from '../support/mcp-caller.js';

const root = join(import.meta.dirname, '..', '..');

test('the script of the guide runs everything on a cluster of three, and Ctrl-C leaves no process', async () => {
  const dataDir = await tempDir();
  const script = spawn(process.execPath, ['deploy/cluster/start.mjs', '--port', '0', '--data-dir', dataDir], {
    cwd: root,
    env: { ...process.env, MEMLANE_PARTITIONS: '1', MEMLANE_EMBEDDINGS: 'none' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const signal = (name: NodeJS.Signals) => process.kill(-(script.pid ?? Number.NaN), name);
  let output = '';
  script.stdout.on('data', (data: Buffer) => (output += data.toString()));
  try {
    await vi.waitFor(() => expect(output).toContain('Memlane is ready at'), 120_000);
    expect(output).toMatch(/^cluster of (?:\S+, ){2}\S+: nats:/m);
    const { url, key } = JSON.parse(await readFile(dataPaths(dataDir).connect, 'utf8')) as Record<
      'url' | 'key',
      string
    >;
    const user = new McpCaller(url, key);
    const { id, position } = await user.must('store_memory', { content: 'kept three times' });
    expect(await user.must('get_memory', { id, position })).toMatchObject({ memory: { content: 'kept three times' } });
    user.close();
    // Each has a shell beside it that ends it with its parent.
    expect((await processesOf(dataDir)).filter((line) => /^\S*nats-server\S* /.test(line))).toHaveLength(3);
    const ended = once(script, 'exit');
    signal('SIGINT');
    await ended;
    await vi.waitFor(async () => expect(await processesOf(dataDir)).toEqual([]), 20_000);
  } finally {
    if (script.exitCode === null && script.signalCode === null) signal('SIGKILL');
  }
});

/** Command lines that name a folder. */
async function processesOf(folder: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'args=']);
  return stdout.split('\n').filter((line) => line.includes(folder));
}
