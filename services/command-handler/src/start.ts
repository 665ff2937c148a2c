import { resolve } from 'node:path';
import { dataPaths, live } from '@memlane/contracts';
import { connectNats, consumeCommands, onConnection, openLog } from '@memlane/event-log';
import type { RunningService, ServiceConfig } from '@memlane/telemetry';
import { v7 } from 'uuid';
import { scheduleSyncs } from './schedule-syncs.js';
import { CommandLane } from './command-lane.js';

/**
 * Starts a command handler for all partitions.
 *
 * @param clock what only an embedder decides, such as a test
 */
export async function start(
  { env, log: logger }: ServiceConfig,
  clock: () => Date = () => new Date(),
): Promise<RunningService> {
  const nc = await connectNats(env, { name: 'command-handler' });
  const log = await openLog(nc, { partitions: env.MEMLANE_PARTITIONS, replicas: env.MEMLANE_REPLICAS });
  const paths = dataPaths(resolve(env.MEMLANE_DATA_DIR));
  const context = { log, replicas: env.MEMLANE_REPLICAS, logger, clock, newId: () => v7() };
  const partitions = Array.from({ length: log.partitions }, (_, partition) => partition);
  const lanes = await Promise.all(
    partitions.map((partition) =>
      CommandLane.open(context, partition, paths.decisionDb(partition, env.MEMLANE_INSTANCE)),
    ),
  );
  onConnection(nc, 'disconnect', () => {
    for (const lane of lanes) lane.doubt();
  });

  let handled = 0;
  const consumers = await Promise.all(
    lanes.map((lane, partition) =>
      consumeCommands(log, partition, async (message) => {
        try {
          await lane.handle(message);
        } catch (error) {
          const deliveries = message.info.deliveryCount;
          logger.warn({ err: error, partition, seq: message.seq, deliveries }, 'command failed, it is tried again');
          throw error;
        }
        handled += 1;
      }),
    ),
  );
  for (const { ended } of consumers)
    ended.catch((error: unknown) => {
      logger.fatal({ err: error }, 'a lane ended by itself');
      process.exit(1);
    });
  const schedule = scheduleSyncs(context, lanes);
  nc.subscribe(live.admin('command-handler', 'status'), {
    callback: (error, message) => {
      if (!error) message.respond(JSON.stringify({ partitions: log.partitions, handled }));
    },
  });

  return {
    stop: async () => {
      await schedule.stop();
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      await nc.drain();
      for (const lane of lanes) lane.close();
    },
  };
}
