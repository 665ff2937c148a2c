import { defineConfig } from 'vitest/config';

/** The level of a test is in its file name: `*.unit.spec.ts`, `*.int.spec.ts`, `*.e2e.spec.ts`. */
function level(name: string, include: string[], options: { order: number; timeout: number; workers?: number }) {
  return {
    resolve: { conditions: ['source'] },
    ssr: { resolve: { conditions: ['source', 'node', 'import'] } },
    test: {
      name,
      include,
      exclude: ['**/node_modules/**', '**/dist/**'],
      testTimeout: options.timeout,
      hookTimeout: options.timeout,
      sequence: { groupOrder: options.order },
      ...(options.workers === undefined ? {} : { maxWorkers: options.workers }),
      pool: 'forks' as const,
      // The condition `source` is meant for our own packages; eventsource (of the MCP clients) has one too, in TypeScript.
      server: { deps: { inline: [/@modelcontextprotocol\/(sdk|client)\//, /\/eventsource\//] } },
      globalSetup: name === 'unit' ? [] : ['./test/support/global-setup.ts'],
      setupFiles: name === 'unit' ? [] : ['./test/support/patient-waits.ts'],
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      level('unit', ['{libs,services,test}/**/*.unit.spec.ts'], { order: 0, timeout: 20_000 }),
      // Two at a time, on however many cores: they wait more than they compute, and share nothing.
      level('int', ['{libs,services,test}/**/*.int.spec.ts'], { order: 1, timeout: 60_000, workers: 2 }),
      level('e2e', ['{libs,services,test}/**/*.e2e.spec.ts'], { order: 2, timeout: 180_000, workers: 1 }),
    ],
  },
});
