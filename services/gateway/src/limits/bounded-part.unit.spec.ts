import { describe, expect, it } from 'vitest';
import { boundInAll, boundPerOwner, enter } from './bounded-part.js';

describe('a bounded part', () => {
  it('refuses what cannot wait either, names the limit and says when to try again', async () => {
    const part = boundInAll('reads_in_flight', 1);
    const giveBack = await enter([part], 'ann');
    const waiting = enter([part], 'bob');
    await expect(enter([part], 'cid')).rejects.toMatchObject({
      body: { code: 'MEMLANE_ERR_OVERLOADED', retry_after_seconds: 1, details: { limit_name: 'reads_in_flight' } },
    });
    giveBack();
    (await waiting)();
    expect(part.turns.status()).toEqual({ running: 0, waiting: 0 });
  });

  it('gives back what was taken of one part when there is no place in the next', async () => {
    const lane = boundPerOwner('commands_in_lane_per_user', () => 4, Infinity);
    const all = boundInAll('writes_in_flight', 1);
    await enter([lane, all], 'ann');
    const late = enter([lane, all], 'bob');
    await expect(enter([lane, all], 'cid')).rejects.toThrow('too many requests');
    expect(lane.turns.takenBy('cid')).toBe(0);
    expect(lane.turns.takenBy('bob')).toBe(1);
    await expect(late).rejects.toMatchObject({ body: { details: { limit_name: 'writes_in_flight' } } });
    expect(lane.turns.takenBy('bob')).toBe(0);
  });
});
