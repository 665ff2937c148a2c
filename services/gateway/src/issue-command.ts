import type { Credential } from '@memlane/auth';
import {
  COMMAND_VERSION,
  errorBody,
  formatSpace,
  limit,
  MemlaneError,
  memlaneError,
  partitionOf,
  type Command,
  type CommandPayload,
  type CommandResults,
  type CommandType,
  type Outcome,
} from '@memlane/contracts';
import type { EventLog } from '@memlane/event-log';
import { injectTrace, SpanKind, withSpan } from '@memlane/telemetry';
import { headers } from '@nats-io/nats-core';
import { v7 as uuidv7 } from 'uuid';
import { enter, type BoundedPart } from './limits/bounded-part.js';
import { commandIdOf, fingerprintOf } from './command-identity.js';
import type { EnteredSpace } from './enter-space.js';
import type { OutcomeListener } from './outcomes.js';

/** What issuing commands needs. */
export interface WritePath {
  readonly log: EventLog;
  readonly outcomes: OutcomeListener;
  /** What bounds the commands that wait for their outcome: those of one user, then those of all. */
  readonly inHand: readonly BoundedPart[];
  /** How long a write waits for its outcome; default `outcome_wait_ms`. */
  readonly outcomeWaitMs?: number;
  readonly now: () => Date;
}

export interface CommandRequest<T extends CommandType> {
  readonly credential: Credential;
  /** The space that the command goes through, into the lane of its owner; without it, the caller's own. */
  readonly space?: EnteredSpace | undefined;
  readonly type: T;
  readonly payload: CommandPayload<T>;
  readonly commandId: string;
  readonly fingerprint: string;
  readonly correlationId: string;
}

/** A command that is durable; its outcome follows. */
export interface IssuedCommand {
  /** Rejects with a MemlaneError when the command is refused, or still undecided at the end of the wait. */
  readonly accepted: Promise<AcceptedOutcome>;
  readonly giveUp: () => void;
}

export type AcceptedOutcome = Extract<Outcome, { status: 'accepted' }>;

/**
 * Publishes a command; resolves once it is durable.
 *
 * @throws MemlaneError `MEMLANE_ERR_OVERLOADED`, `MEMLANE_ERR_UNAVAILABLE`: nothing was accepted
 */
export async function issueCommand<T extends CommandType>(
  path: WritePath,
  request: CommandRequest<T>,
): Promise<IssuedCommand> {
  const release = await enter(path.inHand, request.credential.owner);
  // The attempt, not the command, names the reply: two repetitions of one command may wait at the same time.
  const attemptId = uuidv7();
  const replyTo = path.outcomes.replySubject(attemptId);
  const expected = path.outcomes.expect(attemptId, path.outcomeWaitMs ?? limit('outcome_wait_ms'), () => {
    // A new attempt, or the broker would drop it as a duplicate. Should it fail, the wait ends with `pending`.
    publish(path, request, { attemptId: uuidv7(), replyTo }).catch(() => undefined);
  });
  try {
    await publish(path, request, { attemptId, replyTo });
  } catch (error) {
    expected.giveUp();
    release();
    throw error;
  }
  const accepted = expected.outcome.then((outcome) => judge(request, outcome)).finally(release);
  // Whoever issued several commands may look at this one later than it fails.
  accepted.catch(() => undefined);
  return { accepted, giveUp: expected.giveUp };
}

/** A command and what makes a repetition of it the same one. */
export interface KeyedCommand<T extends CommandType> {
  readonly type: T;
  readonly payload: CommandPayload<T>;
  /** What an idempotency key counts for: a key of one tool is another one for the next. */
  readonly tool: string;
  readonly idempotencyKey?: string | undefined;
}

/** Publishes a command of a caller and waits for its outcome. @throws MemlaneError as {@link issueCommand}, or of its refusal */
export async function runCommand<T extends CommandType>(
  path: WritePath,
  { credential, correlationId, space }: Pick<CommandRequest<T>, 'credential' | 'correlationId' | 'space'>,
  { type, payload, tool, idempotencyKey }: KeyedCommand<T>,
): Promise<{ readonly result: CommandResults[T]; readonly position: string }> {
  const commandId = commandIdOf({ owner: credential.owner, tool, space: space && formatSpace(space), idempotencyKey });
  const fingerprint = fingerprintOf(type, payload);
  const request = { credential, correlationId, space, type, payload, commandId, fingerprint };
  const { result, position } = await (await issueCommand(path, request)).accepted;
  return { result: result as CommandResults[T], position };
}

function publish<T extends CommandType>(
  path: WritePath,
  request: CommandRequest<T>,
  attempt: { readonly attemptId: string; readonly replyTo: string },
): Promise<void> {
  const { credential, space, type, payload, commandId, fingerprint, correlationId } = request;
  const owner = space?.owner ?? credential.owner;
  const command: Command<T> = {
    v: COMMAND_VERSION,
    commandId,
    fingerprint,
    owner,
    actor: credential.actor,
    client: credential.client,
    issuedAt: path.now().toISOString(),
    correlationId,
    ...(space ? { through: { tag: space.tag, caller: credential.owner, grantee: space.grantee } } : {}),
    type,
    payload,
  };
  const partition = partitionOf(owner, path.log.partitions);
  const attributes = {
    'messaging.system': 'nats',
    'messaging.operation.name': 'publish',
    'messaging.operation.type': 'send',
    'messaging.destination.template': `cmd.{partition}.{owner}.${type}`,
    'messaging.destination.partition.id': String(partition),
    'memlane.command.id': commandId,
  };
  return withSpan(`publish cmd.{partition}.{owner}.${type}`, { kind: SpanKind.PRODUCER, attributes }, () => {
    const carrier = headers();
    injectTrace(carrier);
    return path.log.publishCommand(command, { ...attempt, headers: carrier });
  });
}

function judge<T extends CommandType>(
  { commandId, fingerprint }: CommandRequest<T>,
  outcome: Outcome | undefined,
): AcceptedOutcome {
  if (!outcome)
    throw memlaneError('MEMLANE_ERR_PENDING', undefined, {
      retry_after_seconds: 1,
      details: { command_id: commandId },
    });
  if (outcome.status === 'rejected') throw new MemlaneError(outcome.error);
  if (outcome.fingerprint !== fingerprint)
    throw new MemlaneError(errorBody('MEMLANE_ERR_IDEMPOTENCY_MISMATCH', undefined, { field: 'idempotency_key' }));
  return outcome;
}
