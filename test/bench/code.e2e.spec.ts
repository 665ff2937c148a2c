import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { SystemPart } from '@memlane/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { benchCodeSearch } from './code-search.js';
import { makeTexts } from './corpus.js';
import { benchInterference } from './interference.js';
import { readSources, type Sources } from './source-trees.js';
import { benchSync } from './sync.js';

// With tiny parameters: that they run and tell, not what they measure.

/** What a system runs by default. */
const parts: readonly SystemPart[] = [
  'nats-server',
  'chroma',
  'gateway',
  'query',
  'command-handler',
  'memory-projector',
  'repo-worker',
  'code-projector',
  'code-query',
  'vector-projector',
  'embedder',
];

let sources: Sources;

beforeAll(async () => {
  sources = await readSources([dirname(createRequire(import.meta.url).resolve('semver/package.json'))]);
});

describe('the benchmark', () => {
  test('of syncs has a row for each tree and each process', async () => {
    const trees = [
      { name: 'tiny', files: 3 },
      { name: 'small', files: 4 },
    ];
    const report = await benchSync(sources, { trees, repeats: 1, settleSeconds: 120 });
    expect(report).toMatch(/\| tiny \| 3 \+ 0 \| .*\n\| small \| 4 \+ 0 \| /);
    expect(report).not.toContain('missing after');
    const cells = String.raw`\| \d+\.\d / \d+\.\d \| \d+ / \d+ \|`;
    for (const process of ['memlane up', ...parts, 'this load generator'])
      expect(report).toMatch(new RegExp(`^\\| ${process} ${cells}$`, 'm'));
  });

  test('of interference has the operations of every phase', async () => {
    const report = await benchInterference(makeTexts(200), sources, { files: 20, seconds: 2, rounds: 1 });
    for (const phase of ['nothing else', 'a sync', 'vectors of a sync'])
      for (const kind of ['store', 'search'])
        expect(report).toMatch(new RegExp(`\\| ${kind} beside ${phase} \\| 50 \\| .* \\| 0 \\|`));
    expect(report).toMatch(/\d+ syncs and \d+ files of a further one; vectors of \d+ chunks of [1-9]/);
  });

  test('of searches has a row for each tool and number of callers, without an error', async () => {
    const report = await benchCodeSearch(sources.slice(0, 12), {
      chunks: 20,
      settleSeconds: 1,
      makeUp: true,
      seconds: 0.3,
    });
    expect(report).toMatch(/all have vectors(, [1-9]\d* of them made up ones)?\./);
    const rows = report.split('\n').filter((line) => /^\| (?:search_code|find_symbol|read_code)/.test(line));
    expect(rows).toHaveLength(14);
    for (const row of rows) expect(row).toMatch(/ \| 0 \|$/);
  });
});
