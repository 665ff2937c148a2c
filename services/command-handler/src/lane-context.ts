import type { EventLog } from '@memlane/event-log';
import type { Logger } from '@memlane/telemetry';

/** What a lane takes from the world. */
export interface LaneContext {
  readonly log: EventLog;
  readonly replicas: number;
  readonly logger: Logger;
  readonly clock: () => Date;
  readonly newId: () => string;
}
