import { natsServerProgram, startSystem, tempDir } from '@memlane/testkit';
import { expect, test } from 'vitest';
import { McpCaller } from '../support/mcp-caller.js';

/** Lets a process reach nothing but this machine. */
const cutOff = `const { fetch } = globalThis;
globalThis.fetch = (to, options) =>
  ['127.0.0.1', 'localhost'].includes(new URL(to.url ?? to).hostname)
    ? fetch(to, options)
    : Promise.reject(new Error('no network'));`;

test('without a model the server starts, tells what was tried, and says in every answer that search is by text only', async () => {
  const { path } = await natsServerProgram();
  const system = await startSystem({
    env: {
      MEMLANE_NATS_SERVER: path,
      MEMLANE_CACHE_DIR: await tempDir(),
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(cutOff)}`,
      PIP_NO_INDEX: '1',
    },
  });
  try {
    const log = system.log().join('\n');
    expect(log).toMatch(/model: model hub is not to be had[^]*model: Python wheel .* is not to be had/);
    expect(log).toContain('Search is by text only until there is a model');
    const user = new McpCaller(system.url, system.key);
    const { position } = await user.must('store_memory', { content: 'The heron stands in the river' });
    for (const [mode, text, found] of [
      ['hybrid', 'ok', 1],
      ['exact', 'ok', 1],
      ['semantic', 'off', 0],
    ] as const) {
      const answer = await user.must('search_memories', { query: 'heron', mode, position });
      expect(answer['legs']).toEqual({ text, vectors: 'off' });
      expect(answer['memories']).toHaveLength(found);
    }
    const overview = await user.must('memory_overview', {});
    expect(overview['health']).toMatchObject({ text_search: 'ok', vector_search: 'off', model: null });
    user.close();
  } finally {
    await system.stop();
  }
});
