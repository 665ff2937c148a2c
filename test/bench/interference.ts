import { startSystem, tempDir, type RunningSystem } from '@memlane/testkit';
import type { McpCaller } from '../support/mcp-caller.js';
import { createUser } from '../support/users.js';
import { countPendingVectors, removeRepository, syncUntilSearchable } from './code-calls.js';
import { makeRepository, type BenchRepository, type Sources } from './source-trees.js';
import { createSteadyUsers, ratioRow, runSteadily, tallyHead, tallyRow, type Tally } from './steady-users.js';

export interface InterferenceSettings {
  /** Files of the repository that is synced. */
  readonly files: number;
  /** Length of each phase. */
  readonly seconds: number;
  /** How often the phases come in turn. */
  readonly rounds: number;
}

const SETTLE_SECONDS = 10;

const phases = ['nothing else', 'a sync', 'vectors of a sync'] as const;
type Phase = (typeof phases)[number];

/**
 * Fifty users at one operation a second, half of them stores and half searches: by themselves, while somebody else's
 * large repository is synced, and while the vectors of one are made.
 */
export async function benchInterference(
  texts: readonly string[],
  sources: Sources,
  settings: InterferenceSettings,
): Promise<string> {
  const { files, seconds, rounds } = settings;
  const root = await tempDir();
  const repository = await makeRepository(root, 'large', sources.slice(0, files));
  const system = await startSystem({ env: { MEMLANE_REPOSITORY_ROOTS: root } });
  try {
    const users = await createSteadyUsers(system, texts);
    const tallies = new Map<Phase, Tally[]>(phases.map((phase) => [phase, []]));
    const told: string[] = [];
    // Once before, so that no phase has the first calls.
    await runSteadily(users, texts, { seconds, round: 0 });
    for (let round = 0; round < rounds; round += 1)
      // Each comes first, second and third in turn, so that what grows during the run is in all alike.
      for (const n of phases.keys()) {
        const phase = phases[(n + round) % phases.length] ?? 'nothing else';
        const beside = await startBeside(phase, system, repository, `sync-${round}-${n}`);
        // Before each of them alike: what came before, a repository that was removed or synced, leaves the disk to write.
        await runSteadily(users, texts, { seconds: SETTLE_SECONDS, round: 0 });
        const tally = await runSteadily(users, texts, { seconds, round: 1 + round * phases.length + n });
        tallies.get(phase)?.push(tally);
        told.push(...(await beside.stop()));
      }
    for (const user of users) user.close();
    return render(tallies, `${repository.files} files, ${(repository.bytes / 1_000_000).toFixed(1)} MB`, told);
  } finally {
    await system.stop();
  }
}

interface Beside {
  /** @returns what is to be told of it */
  stop(): Promise<string[]>;
}

async function startBeside(
  phase: Phase,
  system: RunningSystem,
  repository: BenchRepository,
  owner: string,
): Promise<Beside> {
  if (phase === 'nothing else') return { stop: () => Promise.resolve([]) };
  return phase === 'a sync' ? startSyncs(system, repository, owner) : startVectors(system, repository, owner);
}

/** One sync after the other, each of a user who has nothing yet. */
async function startSyncs(system: RunningSystem, repository: BenchRepository, owner: string): Promise<Beside> {
  const callers: McpCaller[] = [];
  let going = true;
  let complete = 0;
  const next = () => createUser(system, `${owner}-${callers.length}`, { connections: 2, probes: 1 });
  const run = async (first: McpCaller) => {
    let caller = first;
    for (; going; caller = await next()) {
      callers.push(caller);
      await syncUntilSearchable(caller, repository.path).then(
        () => (complete += 1),
        (error: unknown) => {
          // It is cancelled at the end of the phase.
          if (going) throw error;
        },
      );
    }
    // Made for a sync that does not come any more.
    caller.close();
  };
  const running = run(await next());
  // It is looked at later than it may fail.
  running.catch(() => undefined);
  return {
    stop: async () => {
      going = false;
      // What has not begun could not be removed.
      const done = await progressWhenBegun(callers.at(-1));
      for (const caller of callers) await removeRepository(system, caller, repository.name);
      await running;
      for (const caller of callers) caller.close();
      return [`${complete} syncs and ${done} files of a further one`];
    },
  };
}

async function progressWhenBegun(caller: McpCaller | undefined): Promise<number> {
  for (;;) {
    const { jobs } = (await caller?.must('jobs', { action: 'list' })) ?? { jobs: [{}] };
    const [job] = jobs as { state: string; done: number }[];
    if (job) return job.state === 'running' ? job.done : 0;
  }
}

/** A sync that is complete but for its vectors. */
async function startVectors(system: RunningSystem, repository: BenchRepository, owner: string): Promise<Beside> {
  const caller = await createUser(system, owner);
  const { repository: indexed } = await syncUntilSearchable(caller, repository.path);
  return {
    stop: async () => {
      // Of all the chunks: at the beginning the projector may not know yet that they wait.
      const pending = await countPendingVectors(system);
      await removeRepository(system, caller, repository.name);
      caller.close();
      return [`vectors of ${indexed.chunks - pending} chunks of ${indexed.chunks}`];
    },
  };
}

function render(tallies: ReadonlyMap<Phase, Tally[]>, what: string, told: readonly string[]): string {
  const of = (phase: Phase) => tallies.get(phase) ?? [];
  const rows = (['store', 'search'] as const).flatMap((kind) => [
    ...phases.map((phase) => tallyRow(`${kind} beside ${phase}`, kind, of(phase))),
    ...phases.slice(1).map((phase) => ratioRow(`${kind}, ratio of ${phase}`, kind, of('nothing else'), of(phase))),
  ]);
  return [
    `The repository: ${what}. Beside the phases, in turn: ${told.join('; ')}.`,
    [tallyHead, ...rows].join('\n'),
  ].join('\n\n');
}
