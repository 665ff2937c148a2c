import { describe, expect, it } from 'vitest';
import { latestPosition } from './latest-position.js';

describe('the latest position', () => {
  it('is the one of the highest sequence within one log', () => {
    expect(latestPosition(['3.abc.10', '3.abc.9'])).toBe('3.abc.10');
    expect(latestPosition(['3.abc.9', '3.abc.10'])).toBe('3.abc.10');
  });

  it('starts again when the log was made anew', () => {
    expect(latestPosition(['3.abc.10', '3.xyz.1'])).toBe('3.xyz.1');
  });

  it('ignores what is not a position', () => {
    expect(latestPosition(['0.e.1', 'nonsense', '0.e.3', '0.e.2'])).toBe('0.e.3');
    expect(latestPosition([])).toBeUndefined();
  });
});
