import { startSystem, tempDir } from '@memlane/testkit';
import { expect, test, vi } from 'vitest';
import { listContents } from '../support/list-memories.js';
import { createUser } from '../support/users.js';

const LANES = 8;

test('kill-9-of-memlane-up-during-writes-and-starting-again-loses-nothing-and-doubles-nothing', async () => {
  const dataDir = await tempDir();
  let system = await startSystem({ dataDir });
  let user = await createUser(system, 'ann', { connections: LANES });
  const acknowledged: string[] = [];
  const store = async (content: string) => {
    await user.must('store_memory', { content, idempotency_key: content });
    acknowledged.push(content);
  };

  for (const round of [1, 2, 3]) {
    const unsure: string[] = [];
    const storeUntilKilled = async (lane: number) => {
      for (let n = 0; unsure[lane] === undefined; n += 1) {
        const content = `round ${round}, lane ${lane}, number ${n}`;
        await store(content).catch(() => (unsure[lane] = content));
      }
    };
    const before = acknowledged.length;
    const lanes = Array.from({ length: LANES }, (_, lane) => storeUntilKilled(lane));
    await vi.waitFor(() => expect(acknowledged.length - before).toBeGreaterThan(100));
    await system.kill9Supervisor();
    await Promise.all(lanes);
    user.close();
    system = await startSystem({ dataDir });
    user = user.at(system.url);
    // As a careful client does: what was not acknowledged comes again with the same key.
    for (const content of unsure) await store(content);
  }

  expect((await listContents(user)).toSorted()).toEqual(acknowledged.toSorted());
  user.close();
  expect(await system.stop()).toBe(0);
});
