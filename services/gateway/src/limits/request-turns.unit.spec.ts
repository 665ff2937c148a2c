import { limit } from '@memlane/contracts';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openRequestTurns } from './request-turns.js';

describe('turns of requests', () => {
  it('let a request begin at once where nothing waits', async () => {
    const turns = openRequestTurns();
    let begun = false;
    void turns.begin('ann').then(() => (begun = true));
    await Promise.resolve();
    await Promise.resolve();
    expect(begun).toBe(true);
  });

  it('let one begin in each turn of the event loop, user by user', async () => {
    const turns = openRequestTurns();
    const begun: string[] = [];
    const begin = async (owner: string, n: number) => {
      await turns.begin(owner);
      begun.push(`${owner} ${n}`);
    };
    const all = [...Array.from({ length: 4 }, (_, n) => begin('ann', n)), begin('bob', 0), begin('cid', 0)];
    await Promise.all(all);
    expect(begun).toEqual(['ann 0', 'bob 0', 'cid 0', 'ann 1', 'ann 2', 'ann 3']);
  });

  it('refuse what one user sends beyond what may wait, and nobody else', async () => {
    const turns = openRequestTurns();
    const most = limit('requests_waiting_per_user');
    const all = Array.from({ length: most + 1 }, () => turns.begin('ann'));
    await expect(turns.begin('ann')).rejects.toMatchObject({
      body: {
        code: 'MEMLANE_ERR_RATE_LIMITED',
        limit: most,
        retry_after_seconds: 1,
        details: { limit_name: 'requests_waiting_per_user' },
      },
    });
    await turns.begin('bob');
    await Promise.all(all);
    await nextTurn();
    await turns.begin('ann');
  });
});
