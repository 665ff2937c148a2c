import { openOrSetAside } from '@memlane/projection';
import { belongsToLog, catchUp } from './catch-up.js';
import { removeDecisionState } from './decision-schema.js';
import { DecisionState } from './decision-state.js';
import type { LaneContext } from './lane-context.js';

const OUTCOME_DAYS = 7;

/** Which decision state it is. */
interface DecisionStatePlace {
  readonly partition: number;
  readonly path: string;
  /** When the stream of outcomes was created. */
  readonly outcomesCreated: string;
}

/**
 * Opens the decision state of a partition, caught up: nothing may be decided on one that is not. It is built anew from the
 * log when it does not belong to it, or is damaged.
 *
 * @param onLost told when the state has lost something that it had taken in: the log has to be asked again
 */
export async function openDecisionState(
  context: LaneContext,
  place: DecisionStatePlace,
  onLost: () => void,
): Promise<DecisionState> {
  const { log, logger, clock } = context;
  const { partition, path, outcomesCreated } = place;
  const open = async () => {
    const state = await openOfLog(context, place, onLost);
    try {
      await catchUp(log, partition, state, outcomesCreated);
      state.forgetOutcomes(new Date(clock().getTime() - OUTCOME_DAYS * 86_400_000).toISOString());
      return state;
    } catch (error) {
      state.abandon();
      throw error;
    }
  };
  return openOrSetAside(path, logger, open);
}

async function openOfLog(
  { log, logger }: LaneContext,
  { partition, path }: DecisionStatePlace,
  onLost: () => void,
): Promise<DecisionState> {
  const open = () =>
    new DecisionState(path, (error) => {
      logger.warn({ err: error, partition }, 'decision state is read again from the log');
      onLost();
    });
  const state = open();
  if (await belongsToLog(log, partition, state)) return state;
  logger.warn({ partition }, 'decision state does not belong to the log, building it anew');
  state.close();
  removeDecisionState(path);
  return open();
}
