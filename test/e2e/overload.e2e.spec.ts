import { limit, type ErrorBody } from '@memlane/contracts';
import { startSystem } from '@memlane/testkit';
import { expect, test, vi } from 'vitest';
import type { ToolAnswer } from '../support/mcp-caller.js';
import { createUser } from '../support/users.js';

test('while a service stands still, what is too much for it is refused, others are served, and what was taken is answered', async () => {
  const system = await startSystem({ env: { MEMLANE_EMBEDDINGS: 'none' } });
  try {
    const taken = limit('code_reads_in_flight');
    const tooMany = 10;
    const user = await createUser(system, 'ann', { connections: taken + tooMany + 1, probes: 1 });
    const codeQuery = await system.pidOf('code-query');
    process.kill(codeQuery, 'SIGSTOP');
    const answers: ToolAnswer[] = [];
    const calls = Array.from({ length: taken + tooMany }, async () => {
      answers.push(await user.call('list_repositories', {}));
    });
    try {
      await vi.waitUntil(() => answers.length >= tooMany, { timeout: 10_000, interval: 10 });
      expect(answers).toHaveLength(tooMany);
      const error: Partial<ErrorBody> = {
        code: 'MEMLANE_ERR_OVERLOADED',
        retryable: true,
        limit: taken,
        retry_after_seconds: 1,
        details: { limit_name: 'code_reads_in_flight' },
      };
      for (const answer of answers) expect(answer).toMatchObject({ ok: false, error });
      const { position } = await user.must('store_memory', { content: 'memories go on' });
      expect(await user.must('search_memories', { query: 'memories', position })).toMatchObject({ memories: [{}] });
    } finally {
      process.kill(codeQuery, 'SIGCONT');
    }
    await Promise.all(calls);
    expect(answers.slice(tooMany).filter(({ ok }) => ok)).toHaveLength(taken);
    user.close();
  } finally {
    await system.stop();
  }
});
