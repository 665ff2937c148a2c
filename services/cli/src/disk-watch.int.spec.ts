import { tmpdir } from 'node:os';
import { createLog } from '@memlane/supervision';
import { expect, test, vi } from 'vitest';
import { watchDisk } from './disk-watch.js';

test('a full disk is told once, and that there is space again', async () => {
  const lines: string[] = [];
  const disk = watchDisk(
    tmpdir(),
    createLog('info', (line) => lines.push(line)),
  );
  let again = 0;
  disk.onSpaceAgain(() => (again += 1));
  const entry = { time: Date.now(), source: 'nats-server', level: 'error' } as const;
  disk.heed({ ...entry, message: 'everything is fine' });
  expect(lines).toEqual([]);

  disk.heed({ ...entry, message: 'JetStream failed to write: no space left on device' });
  disk.heed({ ...entry, message: 'could not commit', fields: { err: { code: 'SQLITE_FULL' } } });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(`the disk of ${tmpdir()} is full`);

  await vi.waitFor(() => expect(again).toBe(1), 10_000);
  expect(lines.at(-1)).toContain('there is space on the disk again');
  disk.close();
});
