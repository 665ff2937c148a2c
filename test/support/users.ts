import { createKey } from '@memlane/auth';
import { connectNats, openRecordedLog } from '@memlane/event-log';
import type { RunningSystem } from '@memlane/testkit';
import { McpCaller } from './mcp-caller.js';

const KNOWN_WITHIN_MS = 10_000;

export interface UserOptions {
  readonly connections?: number;
  /** Calls at once by which it is found out that the key is known: as many as connections, unless a plan is narrower. */
  readonly probes?: number;
}

/** Callers of users of their own, each with its own key; returns when the gateway knows them all. */
export async function createUsers(
  system: RunningSystem,
  owners: readonly string[],
  options: UserOptions = {},
): Promise<McpCaller[]> {
  const nc = await connectNats(await system.natsEnv(), { name: 'test-users' });
  const log = await openRecordedLog(nc);
  try {
    return await Promise.all(
      owners.map(async (owner) => {
        const { key } = await createKey(log, { owner, name: 'test' });
        const caller = new McpCaller(system.url, key, options);
        await waitUntilKnown(caller, options.probes ?? options.connections ?? 1);
        return caller;
      }),
    );
  } finally {
    await nc.close();
  }
}

export async function createUser(system: RunningSystem, owner: string, options: UserOptions = {}): Promise<McpCaller> {
  const [caller] = await createUsers(system, [owner], options);
  if (!caller) throw new Error('no caller');
  return caller;
}

/** A new key reaches every gateway by its watch, a moment after it is made; all connections, since gateways share them. */
async function waitUntilKnown(caller: McpCaller, probes: number): Promise<void> {
  const deadline = Date.now() + KNOWN_WITHIN_MS;
  for (;;) {
    try {
      await Promise.all(Array.from({ length: probes }, () => caller.must('memory_overview', {})));
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
