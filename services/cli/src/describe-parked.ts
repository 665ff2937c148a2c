import { z } from 'zod';
import { parseJson } from './parse-json.js';

const projectorStatus = z.object({
  partitions: z.array(
    z.object({
      partition: z.int(),
      parked: z.array(z.object({ owner: z.string(), seq: z.int(), reason: z.string() })),
    }),
  ),
});

/**
 * One line for each parked owner in the memory projector's status.
 *
 * @param status its JSON; what is not of its shape has no parked owners
 */
export function describeParked(status: string): string[] {
  const { success, data } = projectorStatus.safeParse(parseJson(status));
  if (!success) return [];
  return data.partitions.flatMap(({ partition, parked }) =>
    parked.map(({ owner, seq, reason }) => `parked: ${owner}, partition ${partition}, since commit ${seq} (${reason})`),
  );
}
