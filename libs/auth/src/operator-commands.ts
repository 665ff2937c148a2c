import {
  COMMAND_VERSION,
  limit,
  live,
  MemlaneError,
  memlaneError,
  parsePosition,
  type Command,
  type CommandPayload,
  type CommandResults,
  type CommandType,
  type Outcome,
} from '@memlane/contracts';
import { canonicalJson } from '@memlane/domain';
import type { EventLog } from '@memlane/event-log';
import { createHash, randomUUID } from 'node:crypto';

export interface OperatorCommandRequest<T extends CommandType> {
  readonly owner: string;
  readonly type: T;
  readonly payload: CommandPayload<T>;
  /** The same for every repetition of one request; default: a new one. */
  readonly commandId?: string;
}

export interface OperatorOutcome<T extends CommandType> {
  readonly result: CommandResults[T];
  /** Where in the log it took effect. */
  readonly position: { readonly partition: number; readonly seq: number };
}

/** Whoever has the operator's access to NATS: the CLI and `memlane up`. */
const OPERATOR = { actor: 'operator', client: 'memlane-cli' } as const;
/** After which an outcome counts as unheard and the command is published again; it has effect once. */
const ASK_AGAIN_MS = 3_000;

/**
 * Has a command of the operator decided, on whatever belongs to a user.
 *
 * @param waitMs for the outcome; the default is that of any write
 * @throws MemlaneError of the refusal, or `MEMLANE_ERR_PENDING` when the command is durable and nobody decided it in time
 */
export async function runOperatorCommand<T extends CommandType>(
  log: EventLog,
  { owner, type, payload, commandId = randomUUID() }: OperatorCommandRequest<T>,
  waitMs = limit('outcome_wait_ms'),
): Promise<OperatorOutcome<T>> {
  const command: Command<T> = {
    v: COMMAND_VERSION,
    commandId,
    fingerprint: fingerprintOf(type, payload),
    owner,
    ...OPERATOR,
    issuedAt: new Date().toISOString(),
    correlationId: commandId,
    type,
    payload,
  };
  const replyTo = live.outcome(`operator-${randomUUID()}`, 'one');
  const subscription = log.nc.subscribe(replyTo, { max: 1 });
  const again = setInterval(() => void publish().catch(() => undefined), ASK_AGAIN_MS);
  const tooLate = setTimeout(() => subscription.unsubscribe(), waitMs);
  const publish = () => log.publishCommand(command, { attemptId: randomUUID(), replyTo });
  try {
    await publish();
    for await (const message of subscription) return judge<T>(message.json<Outcome>());
    throw memlaneError('MEMLANE_ERR_PENDING', undefined, { details: { command_id: commandId } });
  } finally {
    clearInterval(again);
    clearTimeout(tooLate);
    subscription.unsubscribe();
  }
}

function judge<T extends CommandType>(outcome: Outcome): OperatorOutcome<T> {
  if (outcome.status === 'rejected') throw new MemlaneError(outcome.error);
  const { partition = 0, seq = 0 } = parsePosition(outcome.position) ?? {};
  return { result: outcome.result as CommandResults[T], position: { partition, seq } };
}

/** sha256 over type and payload. */
function fingerprintOf<T extends CommandType>(type: T, payload: CommandPayload<T>): string {
  return createHash('sha256')
    .update(`${type}\n${canonicalJson(payload)}`)
    .digest('hex');
}
