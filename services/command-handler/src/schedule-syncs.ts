import { COMMAND_VERSION, live, type Command } from '@memlane/contracts';
import type { CommandLane } from './command-lane.js';
import type { LaneContext } from './lane-context.js';
import type { DueSync } from './repo-facts-table.js';

/** Looks for syncs that are due, until it is stopped. */
export interface SyncSchedule {
  stop(): Promise<void>;
}

const LOOK_MS = 1_000;
/** Of one partition at one look; the others come with the next ones. */
const DUE_PER_LOOK = 50;
const ACTOR = 'scheduler';

/**
 * Begins the syncs that are due, as commands like all others. When one is due follows from the log, and the command names
 * the job that it follows: a look that is missed is made up for by a later one, and two handlers that see the same begin
 * it once.
 */
export function scheduleSyncs(context: LaneContext, lanes: readonly CommandLane[]): SyncSchedule {
  const { clock, logger } = context;
  let stopped = false;
  let looking: Promise<void> = Promise.resolve();

  const lookAt = async (lane: CommandLane) => {
    for (const due of await lane.dueSyncs(clock().toISOString(), DUE_PER_LOOK)) await begin(context, due);
  };
  const look = async () => {
    for (const lane of lanes) {
      if (stopped) return;
      await lookAt(lane).catch((error: unknown) => {
        if (!stopped) logger.warn({ err: error }, 'cannot begin the syncs that are due, it is tried again');
      });
    }
  };
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    looking = look().finally(() => (busy = false));
  }, LOOK_MS);

  return {
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await looking;
    },
  };
}

async function begin({ log, clock, newId }: LaneContext, { owner, id, jobId }: DueSync): Promise<void> {
  const payload = { repository_id: id, after: jobId };
  const commandId = newId();
  const command: Command<'auto-sync'> = {
    v: COMMAND_VERSION,
    commandId,
    fingerprint: `${id} ${jobId}`,
    owner,
    actor: ACTOR,
    client: ACTOR,
    issuedAt: clock().toISOString(),
    correlationId: commandId,
    type: 'auto-sync',
    payload,
  };
  // The same for all who see it due, so that the server takes one of them and not one a second.
  const attemptId = `auto-sync-${owner}-${jobId}`;
  await log.publishCommand(command, { attemptId, replyTo: live.outcome(ACTOR, commandId) });
}
