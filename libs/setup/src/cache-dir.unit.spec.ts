import { describe, expect, test } from 'vitest';
import { findCacheDir } from './cache-dir.js';

describe('the cache folder', () => {
  const home = '/home/ana';

  test('follows the custom of the system', () => {
    expect(findCacheDir({ env: {}, platform: 'linux', home })).toBe('/home/ana/.cache/memlane');
    expect(findCacheDir({ env: { XDG_CACHE_HOME: '/x' }, platform: 'linux', home })).toBe('/x/memlane');
    expect(findCacheDir({ env: {}, platform: 'darwin', home: '/Users/ana' })).toBe('/Users/ana/Library/Caches/memlane');
  });

  test('is moved by its variable', () => {
    expect(findCacheDir({ env: { MEMLANE_CACHE_DIR: '/big/disk' }, platform: 'linux', home })).toBe('/big/disk');
  });

  test('does not follow a relative XDG folder', () => {
    expect(findCacheDir({ env: { XDG_CACHE_HOME: 'x' }, platform: 'linux', home })).toBe('/home/ana/.cache/memlane');
  });
});
