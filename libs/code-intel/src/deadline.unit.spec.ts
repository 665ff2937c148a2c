import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { openDeadline } from './deadline.js';

describe('openDeadline', () => {
  it.skipIf(!existsSync('/proc/thread-self/schedstat'))('does not count the time in which others ran', async () => {
    const isLate = openDeadline(50);
    await setTimeout(100);
    expect(isLate()).toBe(false);
  });

  it('is late once the thread has used its time, and stays so', async () => {
    const isLate = openDeadline(20);
    await vi.waitFor(() => {
      for (let turn = 0; turn < 10_000; turn += 1) isLate();
      expect(isLate()).toBe(true);
    });
    expect(isLate()).toBe(true);
  });
});
