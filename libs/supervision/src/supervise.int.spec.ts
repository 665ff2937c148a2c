import { expect, test, vi } from 'vitest';
import { createLog } from './log.js';
import { spawnTied } from './spawn-tied.js';
import { supervise } from './supervise.js';

function startWatched(command: string, args: readonly string[], onCrash?: (crashes: number, words: string) => void) {
  const pids: number[] = [];
  const lines: string[] = [];
  const part = supervise(
    {
      name: 'part',
      start: () => spawnTied({ command, args }),
      graceMs: 1_000,
      onPid: (pid) => {
        if (pid !== undefined) pids.push(pid);
      },
      ...(onCrash ? { onCrash } : {}),
    },
    createLog('debug', (line) => lines.push(line)),
  );
  return { part, pids, lines };
}

test('a process that is killed is started again as another process', async () => {
  const { part, pids } = startWatched('sleep', ['600']);
  await part.ready;
  process.kill(pids[0] ?? 0, 'SIGKILL');
  await vi.waitFor(() => expect(pids).toHaveLength(2), 5_000);
  await part.stop();
  expect(() => process.kill(pids[1] ?? 0, 0)).toThrow('ESRCH');
});

test('a process that ignores SIGTERM is killed after its grace', async () => {
  const { part, pids, lines } = startWatched('sh', ['-c', 'trap "" TERM; echo deaf; while :; do sleep 0.1; done']);
  await vi.waitFor(() => expect(lines.join()).toContain('deaf'), 5_000);
  await part.stop();
  expect(() => process.kill(pids[0] ?? 0, 0)).toThrow('ESRCH');
});

test('crashes in a row are counted, with the last words of each', async () => {
  const crashes: [number, string][] = [];
  const { part } = startWatched('sh', ['-c', 'echo error: no luck; exit 3'], (...crash) => crashes.push(crash));
  await vi.waitFor(() => expect(crashes.length).toBeGreaterThanOrEqual(2), 5_000);
  await part.stop();
  expect(crashes[1]).toEqual([2, 'ended with 3: error: no luck']);
});

test('the last words of a crash name its cause, and are none when nothing was amiss', async () => {
  const words = async (line: string) => {
    const crashes: string[] = [];
    const { part } = startWatched('sh', ['-c', `echo '${line}'; exit 1`], (_count, last) => crashes.push(last));
    await vi.waitFor(() => expect(crashes).not.toEqual([]), 5_000);
    await part.stop();
    return crashes[0];
  };
  const failure = {
    level: 60,
    msg: 'could not start',
    err: { type: 'Error', message: 'MEMLANE_X: missing', stack: '' },
  };
  expect(await words(JSON.stringify(failure))).toBe('ended with 1: could not start: MEMLANE_X: missing');
  expect(await words(JSON.stringify({ level: 30, msg: 'ready' }))).toBe('ended with 1');
});

test('a part that cannot be started at all is tried again', async () => {
  const crashes: number[] = [];
  const { part } = startWatched('/nowhere/program', [], (count) => crashes.push(count));
  await vi.waitFor(() => expect(crashes.length).toBeGreaterThanOrEqual(2), 5_000);
  await part.stop();
});
