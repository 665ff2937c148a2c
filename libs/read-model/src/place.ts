/** More events than one commit can have. */
const EVENTS_PER_COMMIT = 4_096;

/** The place of an event in its partition's log as one ascending integer. */
export function placeOf(seq: number, eventIndex: number): number {
  return seq * EVENTS_PER_COMMIT + eventIndex;
}
