import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { McpCaller } from '../support/mcp-caller.js';
import { newTally, operate, type Tally } from './steady-users.js';

const FLOOD_IN_FLIGHT = 64;

/** What the thread of the flood is given. */
interface FloodData {
  readonly url: string;
  readonly key: string;
  readonly texts: readonly string[];
  readonly round: number;
}

export interface Flood {
  stop(): Promise<Tally>;
}

/**
 * One user who keeps 64 stores and 64 searches open and goes on as fast as answers come, whatever they are. In a thread
 * of its own, so that it does not hold up the clocks of those who are measured beside it.
 */
export function startFlood(url: string, key: string, texts: readonly string[], round: number): Flood {
  const data: FloodData = { url, key, texts, round };
  const thread = new Worker(new URL(import.meta.url), { workerData: data });
  return {
    stop: async () => {
      const told = once(thread, 'message');
      thread.postMessage('stop');
      const [tally] = (await told) as [Tally];
      await thread.terminate();
      return tally;
    },
  };
}

async function flood({ url, key, texts, round }: FloodData, stopped: Promise<unknown>): Promise<Tally> {
  const caller = new McpCaller(url, key, { connections: 2 * FLOOD_IN_FLIGHT });
  const tally = newTally();
  let going = true;
  let turn = round * 1_000_000;
  const work = async (isStore: boolean) => {
    while (going) await operate(caller, tally, texts, (turn += 1), isStore);
  };
  const workers = Array.from({ length: 2 * FLOOD_IN_FLIGHT }, (_, n) => work(n % 2 === 0));
  await stopped;
  going = false;
  await Promise.all(workers);
  caller.close();
  return tally;
}

if (!isMainThread && parentPort)
  parentPort.postMessage(await flood(workerData as FloodData, once(parentPort, 'message')));
