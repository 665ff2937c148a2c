import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { makeTexts } from './corpus.js';
import { benchLoad } from './load.js';
import { benchProcesses } from './processes.js';
import { benchScale } from './scale.js';
import { benchTakeover } from './takeover.js';
import { benchTracing } from './tracing.js';
import { benchUsers } from './users.js';

// With tiny parameters: that they run and tell, not what they measure.

const texts = makeTexts(200);

describe('the benchmark', () => {
  test('of many users measures every tool and process, and finds every acknowledged write', async () => {
    const settings = { users: 6, seconds: 3, memories: 10, perMinute: 200, steps: 2, settleSeconds: 0, makeUp: true };
    const report = await benchUsers(texts, { ...settings, env: { MEMLANE_GATEWAYS: '2' } });
    expect(report).toContain('Loaded 60 memories of 6 users');
    expect(report).toMatch(/\d+ were made up/);
    expect(report).toContain('200 operations a minute each');
    expect(report).toContain('errors: none');
    expect(report).toMatch(/\| search_memories \| [1-9]\d* \|/);
    expect(report).toMatch(/\| gateway-2 \| \d/);
    expect(report).toMatch(/looked for at the end: (?:[6-9]\d|\d{3,}); not as acknowledged: 0\./);
  });

  test('of rising load has a row for each number of users, beside the floor', async () => {
    const report = await benchLoad(texts, { seconds: 0.5, clients: [1, 3] });
    for (const what of ['floor store', 'floor search', 'memlane store', 'memlane search'])
      for (const clients of [1, 3])
        expect(report).toMatch(new RegExp(`\\| ${what} \\| ${clients} \\| [1-9]\\d* \\|.*\\| 0 \\|`));
    expect(report).toMatch(/\| memlane search, 50 a second \| 1 \| [1-9]\d* \|.*\| 0 \|$/);
  });

  test('of processes tells the memory of each one that runs', async () => {
    const report = await benchProcesses(texts, { repeats: 1, isCold: false, clients: 3, seconds: 1 });
    expect(report).toMatch(/new data folder [\d.]+ .*, used one [\d.]+ /);
    const services = await readdir(new URL('../../services', import.meta.url));
    const names = ['memlane up', 'nats-server', 'chroma', 'code-query', ...services.filter((name) => name !== 'cli')];
    for (const name of [...names, 'all'])
      expect(report).toMatch(new RegExp(`\\| ${name} \\| [1-9]\\d* / [1-9]\\d* \\| [1-9]\\d* / [1-9]\\d* \\|`));
  });

  test('of tracing tells what a store costs with its calls and without', async () => {
    const report = await benchTracing({ stores: 100, rounds: 2 });
    expect(report).toContain('8 spans a store, tracing off');
    expect(report.match(/\| with(?: the calls for tracing|out them) \| \d+\.\d\d \|/g)).toHaveLength(2);
  });

  test('of several command handlers has a row for each number of them', async () => {
    const report = await benchScale(texts, { clients: 4, seconds: 1, handlers: [1, 2] });
    expect(report).toMatch(/\| 1 \| [1-9]\d* \|.*\| 0 \|\n\| 2 \| [1-9]\d* \|.*\| 0 \|$/);
  });

  test('of takeovers has a row for each kind of process, and loses nothing', async () => {
    const report = await benchTakeover(texts, { clients: 3, rounds: 1 });
    expect(report).toMatch(/acknowledged: [1-9]\d*, of these lost: 0;/);
    expect(report).toMatch(/\| command-handler \| 1 \| \d+, \d+ \| \d+, \d+ \|\n\| gateway \| 1 \| /);
  });
});
