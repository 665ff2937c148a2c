import { live, type ToolName } from '@memlane/contracts';
import { connectNats } from '@memlane/event-log';
import type { RunningSystem } from '@memlane/testkit';
import type { McpCaller } from '../support/mcp-caller.js';

const POLL_MS = 250;

/** A repository as `list_repositories` tells it. */
export interface IndexedRepository {
  readonly name: string;
  readonly state: string;
  readonly files: number;
  readonly chunks: number;
  readonly skipped: Readonly<Record<string, number>>;
}

/** A read of code at a position, as often as the server asks to repeat it. */
export async function readAt(
  caller: McpCaller,
  position: unknown,
  tool: ToolName,
  args: Readonly<Record<string, unknown>> = {},
): Promise<Record<string, unknown>> {
  for (;;) {
    const answer = await caller.call(tool, { ...args, position });
    if (answer.ok) return answer.content;
    if (answer.error.code !== 'MEMLANE_ERR_POSITION_NOT_REACHED') throw new Error(`${tool}: ${answer.error.code}`);
  }
}

/** Syncs a repository and waits until all of it can be searched by its words. @returns it, and the position of the sync */
export async function syncUntilSearchable(
  caller: McpCaller,
  source: string,
): Promise<{ readonly repository: IndexedRepository; readonly position: string }> {
  const { job, position, repository: name } = await caller.must('sync_repository', { source, wait: true });
  const { state } = job as { state: string };
  if (state !== 'done') throw new Error(`the sync is ${state}`);
  const { repositories } = await readAt(caller, position, 'list_repositories');
  const repository = (repositories as IndexedRepository[]).find((one) => one.name === name);
  if (!repository) throw new Error('the repository is not listed');
  return { repository, position: String(position) };
}

/** Chunks of all users that wait for a vector. */
export async function countPendingVectors(system: RunningSystem): Promise<number> {
  const nc = await connectNats(await system.natsEnv(), { name: 'bench' });
  try {
    const answer = await nc.request(live.admin('vector-projector', 'status'), undefined, { timeout: 10_000 });
    const { code } = answer.json<{ code: readonly { readonly pending?: number }[] }>();
    return code.reduce((sum, { pending = 0 }) => sum + pending, 0);
  } finally {
    await nc.close();
  }
}

/** Removes a repository, which ends its sync too, and waits until nobody works on it any more. */
export async function removeRepository(system: RunningSystem, caller: McpCaller, name: string): Promise<void> {
  const { position } = await caller.must('remove_repository', { name });
  await readAt(caller, position, 'list_repositories');
  while ((await countPendingVectors(system)) > 0) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

/**
 * Waits until vectors of everything are there.
 *
 * @param maxSeconds how long at most
 * @returns how many chunks still have none, as far as it is known
 */
export async function untilEmbedded(system: RunningSystem, caller: McpCaller, maxSeconds: number): Promise<number> {
  const end = performance.now() + maxSeconds * 1_000;
  for (;;) {
    const pending = await countPendingVectors(system);
    // Only then, since vectors of code give way to the query of a search.
    if (pending === 0) {
      const { legs } = await caller.must('search_code', { query: 'where is it decided', limit: 1 });
      // Nothing waits, and the search knows it.
      if ((legs as { vectors: string }).vectors === 'ok') return 0;
    }
    // None wait, and the search lacks some: they are not taken in yet.
    if (performance.now() > end) return Math.max(1, pending);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
