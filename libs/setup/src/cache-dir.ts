import { join, resolve } from 'node:path';

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

/** Folder of everything that set-up gets, by the custom of each system; `MEMLANE_CACHE_DIR` moves it. */
export function findCacheDir({ env, platform, home }: Surroundings): string {
  if (env['MEMLANE_CACHE_DIR']) return resolve(env['MEMLANE_CACHE_DIR']);
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'memlane', 'cache');
  // The XDG specification has relative paths ignored.
  if (env['XDG_CACHE_HOME']?.startsWith('/')) return join(env['XDG_CACHE_HOME'], 'memlane');
  return platform === 'darwin' ? join(home, 'Library', 'Caches', 'memlane') : join(home, '.cache', 'memlane');
}
