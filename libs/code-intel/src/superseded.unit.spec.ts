import { describe, expect, it } from 'vitest';
import { findSuperseded } from './superseded.js';

const files = ['src/v3/a.ts', 'src/v4/a.ts', 'src/v4/core/b.ts', 'lib/v1/c.ts', 'src/v5.ts'].map((path) => ({ path }));
const oldOf = (query: string, all: readonly { repository?: string; path: string }[] = files) => {
  const isOld = findSuperseded(all, query);
  return all.filter(isOld).map(({ path }) => path);
};

describe('a version beside newer ones', () => {
  it('is old, and the newest or the only one is not', () => {
    expect(oldOf('how is it parsed')).toEqual(['src/v3/a.ts']);
  });

  it('is not old to a query that names it', () => {
    expect(oldOf('errors of V3, for compatibility')).toEqual([]);
    expect(oldOf('errors of v30')).toEqual(['src/v3/a.ts']);
  });

  it('is compared within its repository, by its number', () => {
    const several = [
      { repository: 'one', path: 'api/v9/a.go' },
      { repository: 'one', path: 'api/v10/a.go' },
      { repository: 'two', path: 'api/v9/b.go' },
    ];
    expect(oldOf('watch', several)).toEqual(['api/v9/a.go']);
  });
});
