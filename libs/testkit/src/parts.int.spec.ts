import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startChroma, startNatsServer, tempDir } from './index.js';
import { modelDir } from './parts.js';

const running: { stop: () => Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((part) => part.stop()));
});

async function isReachable(url: string): Promise<boolean> {
  return fetch(url).then(
    (answer) => answer.ok,
    () => false,
  );
}

describe('real parts', () => {
  test('Chroma answers again on the same address after kill -9 and a restart', async () => {
    const chroma = await startChroma();
    running.push(chroma);
    const heartbeat = `${chroma.url}/api/v2/heartbeat`;
    expect(await isReachable(heartbeat)).toBe(true);
    await chroma.kill9();
    expect(await isReachable(heartbeat)).toBe(false);
    await chroma.restart();
    expect(await isReachable(heartbeat)).toBe(true);
  });

  test('the model folder holds what its manifest says', async () => {
    const dir = await modelDir();
    const manifest = JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8')) as { dimensions: number };
    expect(manifest.dimensions).toBe(384);
    expect((await stat(join(dir, 'model.onnx'))).size).toBeGreaterThan(20_000_000);
  });

  test('a part ends when the process that started it is killed with -9', async () => {
    const tied = new URL('../../supervision/dist/spawn-tied.js', import.meta.url).href;
    const script = `
      import { spawnTied } from ${JSON.stringify(tied)};
      const part = await spawnTied({ command: 'sleep', args: ['600'] });
      console.log(part.pid);
      setInterval(() => undefined, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(() => process.kill(pid, 0)).not.toThrow();
    parent.kill('SIGKILL');
    await vi.waitFor(() => {
      expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    }, 10_000);
  });

  test('temporary folders are apart', async () => {
    expect(await tempDir()).not.toBe(await tempDir());
  });

  test('nats-server comes back on the same address after kill -9 and a restart', async () => {
    const nats = await startNatsServer();
    running.push(nats);
    await nats.kill9();
    await nats.restart();
    expect(nats.env.MEMLANE_NATS_URL).toBe(nats.url);
  });
});
