import { describe, expect, it } from 'vitest';
import { latestPosition, openSessionPositions } from './session-positions.js';

describe('the position of a session', () => {
  it('only ever moves forward within one log', () => {
    const positions = openSessionPositions();
    positions.advance('ann', '3.abc.10');
    positions.advance('ann', '3.abc.9');
    expect(positions.of('ann')).toBe('3.abc.10');
    positions.advance('ann', '3.abc.11');
    expect(positions.of('ann')).toBe('3.abc.11');
    expect(positions.of('bob')).toBeUndefined();
  });

  it('starts again when the log was made anew', () => {
    const positions = openSessionPositions();
    positions.advance('ann', '3.abc.10');
    positions.advance('ann', '3.xyz.1');
    expect(positions.of('ann')).toBe('3.xyz.1');
  });

  it('is forgotten for the owner who was away the longest', () => {
    const positions = openSessionPositions(2);
    for (const owner of ['a', 'b', 'c']) positions.advance(owner, '0.e.1');
    expect([positions.of('a'), positions.of('b'), positions.of('c')]).toEqual([undefined, '0.e.1', '0.e.1']);
  });

  it('ignores what is not a position', () => {
    expect(latestPosition(['0.e.1', 'nonsense', '0.e.3', '0.e.2'])).toBe('0.e.3');
    expect(latestPosition([])).toBeUndefined();
  });
});
