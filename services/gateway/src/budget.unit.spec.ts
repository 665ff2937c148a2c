import { describe, expect, it } from 'vitest';
import { openBudget } from './budget.js';

describe('a budget', () => {
  it('refuses what goes beyond it, names the limit and says when to try again', () => {
    const budget = openBudget('writes_in_flight', 2);
    budget.take();
    const giveBack = budget.take();
    expect(() => budget.take()).toThrow(
      expect.objectContaining({
        body: expect.objectContaining({ code: 'MEMLANE_ERR_OVERLOADED', limit: 2, retry_after_seconds: 1 }) as unknown,
      }),
    );
    giveBack();
    expect(() => budget.take()).not.toThrow();
  });

  it('counts a place that is given back twice once', () => {
    const budget = openBudget('writes_in_flight', 3);
    budget.take();
    const giveBack = budget.take();
    giveBack();
    giveBack();
    expect(budget.used).toBe(1);
  });
});
