import {
  aggregateOf,
  COMMAND_CONSUMER,
  COMMIT_VERSION,
  errorBody,
  eventTypes,
  formatPosition,
  headers,
  kindOfAggregate,
  limit,
  live,
  MemlaneError,
  streams,
  type Command,
  type Outcome,
  type StoredCommit,
} from '@memlane/contracts';
import { decide, type Decision } from '@memlane/domain';
import { isPassing } from '@memlane/event-log';
import { inodeOf, isDamaged, setAside } from '@memlane/projection';
import { activeTraceparent, extractTrace, SpanKind, withSpan } from '@memlane/telemetry';
import type { JsMsg } from '@nats-io/jetstream';
import { catchUp } from './catch-up.js';
import type { DecisionState, RememberedOutcome } from './decision-state.js';
import { dispatchJob } from './dispatch-job.js';
import type { LaneContext } from './lane-context.js';
import { openDecisionState } from './open-decision-state.js';
import type { DueSync } from './repo-facts-table.js';
import { writeOutcome } from './outcome-store.js';
import { parkCommand, readCommand } from './park-command.js';
import { answerRepetition, rejection, seqOf } from './remembered-outcome.js';

/** Decides the commands of one partition, one after the other. */
export class CommandLane {
  readonly #context: LaneContext;
  readonly #partition: number;
  readonly #path: string;
  /** When the stream of outcomes was created: says whether our place in it still means anything. */
  readonly #outcomesCreated: string;
  #state: DecisionState;
  /** Command sequence up to which nobody else can have decided anything; `undefined` when that is not certain. */
  #handledSeq: number | undefined;
  #doubts = 0;
  #inode: number | undefined;
  #replacing: Promise<void> | undefined;

  private constructor(
    context: LaneContext,
    partition: number,
    path: string,
    outcomesCreated: string,
    state: DecisionState,
  ) {
    this.#outcomesCreated = outcomesCreated;
    this.#context = context;
    this.#partition = partition;
    this.#path = path;
    this.#inode = inodeOf(path);
    this.#state = state;
  }

  /** Opens the lane's decision state, caught up; one that does not belong to the log, or is damaged, is built anew. */
  static async open(context: LaneContext, partition: number, path: string): Promise<CommandLane> {
    const { created } = await context.log.jsm.streams.info(streams.outcomes);
    // What is lost before there is a lane is read again by its first command.
    let onLost = (): void => undefined;
    const state = await openDecisionState(context, { partition, path, outcomesCreated: created }, () => onLost());
    const lane = new CommandLane(context, partition, path, created, state);
    onLost = () => lane.doubt();
    return lane;
  }

  /** Anybody may have handled anything, such as after a lost connection. */
  doubt(): void {
    this.#doubts += 1;
    this.#handledSeq = undefined;
  }

  /** Handles one message of the command stream; throwing has it delivered again. */
  async handle(message: JsMsg): Promise<void> {
    const doubts = this.#doubts;
    const parent = extractTrace(message.headers);
    const attributes = {
      'messaging.system': 'nats',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.consumer.group.name': COMMAND_CONSUMER,
      'messaging.destination.partition.id': String(this.#partition),
      'messaging.nats.message.stream_sequence': message.seq,
      'messaging.nats.message.delivery_count': message.info.deliveryCount,
    };
    const settings = { kind: SpanKind.CONSUMER, parent, attributes };
    await this.#orReplace(() =>
      withSpan('process cmd.{partition}.{owner}.{type}', settings, () => this.#process(message)),
    );
    // A connection that was lost while this one was in hand leaves nothing certain.
    this.#handledSeq = doubts === this.#doubts ? message.seq : undefined;
  }

  /** Repositories that are to sync by themselves at a time, as the log has it. */
  async dueSyncs(now: string, limit: number): Promise<DueSync[]> {
    return this.#orReplace(async () => {
      // A file that was deleted is right for as long as it is open; the next start would miss it.
      if (inodeOf(this.#path) !== this.#inode) await this.#replaceOnce();
      // Another handler may have begun them long ago, so that there is a second look after catching up.
      if (this.#state.dueSyncs(now, limit).length === 0) return [];
      await this.#catchUp();
      return this.#state.dueSyncs(now, limit);
    });
  }

  close(): void {
    this.#state.close();
  }

  async #process(message: JsMsg): Promise<void> {
    const command = readCommand(message);
    if (!command) {
      await parkCommand(this.#context.log, this.#partition, message, 'not a command');
      return;
    }
    const replyTo = message.headers?.get(headers.replyTo);
    try {
      const outcome = await this.#settle(command, this.#isCertain(message));
      await dispatchJob(this.#context.log, this.#partition, command, outcome);
      this.#tellQueries(command, outcome);
      const replied = this.#reply(replyTo, outcome);
      // At once, so that all three leave in one packet.
      message.ack();
      await replied;
    } catch (error) {
      const passing = isPassing(error) || isDamaged(error) || (error instanceof MemlaneError && error.body.retryable);
      if (passing || message.info.deliveryCount < limit('command_attempts')) throw error;
      this.#context.logger.error({ err: error, seq: message.seq, partition: this.#partition }, 'command parked');
      await parkCommand(this.#context.log, this.#partition, message, 'defect');
      await this.#reply(replyTo, this.#toOutcome(rejection(command, errorBody('MEMLANE_ERR_INTERNAL'), 0)));
    }
  }

  /**
   * Whether nobody else can have decided anything since the state last caught up. In a cluster a consumer can lose its
   * acknowledgements while our connection to another server lives on, so that nothing is certain there.
   */
  #isCertain(message: JsMsg): boolean {
    if (this.#context.replicas > 1) return false;
    return message.seq - 1 === this.#handledSeq && message.info.deliveryCount === 1;
  }

  /** The outcome of a command: the one it has already, or a new one. */
  async #settle(command: Command, certain: boolean): Promise<Outcome> {
    if (!certain) await this.#catchUp();
    const known = this.#known(command);
    if (known) return known;

    for (let attempt = 0; attempt < limit('conflict_retries'); attempt += 1) {
      const at = this.#context.clock().toISOString();
      const facts = this.#state.factsOf(command.owner);
      const decision = await withSpan('decide', {}, () =>
        decide(facts, command, { now: at, newId: this.#context.newId }),
      );
      if (decision.kind !== 'append') return this.#conclude(command, decision, at);
      const appended = await this.#append(command, decision, at);
      if (appended) return this.#toOutcome(appended);
      // Somebody else wrote to this aggregate, or this very command is in the log already.
      await this.#catchUp();
      const decided = this.#known(command);
      if (decided) return decided;
    }
    return this.#toOutcome(rejection(command, errorBody('MEMLANE_ERR_CONFLICT'), 0));
  }

  #known(command: Command): Outcome | undefined {
    const known = this.#state.outcome(command.owner, command.commandId);
    return known && this.#toOutcome(answerRepetition(command, known));
  }

  /** Remembers an outcome that makes no commit. */
  async #conclude(
    command: Command,
    decision: Exclude<Decision<unknown>, { kind: 'append' }>,
    at: string,
  ): Promise<Outcome> {
    const seq = this.#state.lastSubjectSeq(command.owner, aggregateOf(command));
    const { commandId, fingerprint } = command;
    const remembered: RememberedOutcome =
      decision.kind === 'rejected'
        ? rejection(command, decision.error, seq)
        : { status: 'accepted', commandId, fingerprint, result: decision.result, seq };
    if (isDryRun(command)) return this.#toOutcome(remembered);
    const stored = { owner: command.owner, at, outcome: this.#toOutcome(remembered) };
    const written = await writeOutcome(this.#context.log, this.#partition, stored);
    this.#state.remember(command.owner, { ...written, seq: seqOf(written) }, at);
    return written;
  }

  /** @returns `undefined` when the state was not the newest */
  async #append(
    command: Command,
    decision: Extract<Decision<unknown>, { kind: 'append' }>,
    at: string,
  ): Promise<RememberedOutcome | undefined> {
    const { log, newId } = this.#context;
    const events = decision.events.map((event) => ({ ...event, id: newId(), v: eventTypes[event.type].version }));
    const { commandId, fingerprint, owner, actor, client, correlationId, through } = command;
    const commit: StoredCommit = {
      v: COMMIT_VERSION,
      commandId,
      fingerprint,
      owner,
      actor,
      client,
      ...(through && through.caller !== owner ? { by: through.caller } : {}),
      at,
      correlationId,
      events,
      result: decision.result,
    };
    const aggregate = aggregateOf(command);
    // Whether the space is still shared was read from the account: what happened there since counts as well.
    const expectedLast = through
      ? { expectedLastSubjectSeq: this.#state.lastOwnerSeq(owner), ofAnyAggregate: true }
      : { expectedLastSubjectSeq: this.#state.lastSubjectSeq(owner, aggregate) };
    const appended = await withSpan('append evt.{partition}.{owner}.{aggregate}', { kind: SpanKind.PRODUCER }, () => {
      const traceparent = activeTraceparent();
      return log.append(commit, {
        aggregate,
        ...expectedLast,
        ...(traceparent === undefined ? {} : { traceparent }),
      });
    });
    if (!appended.ok || appended.duplicate) return undefined;
    const outcome = { status: 'accepted', commandId, fingerprint, result: decision.result, seq: appended.seq } as const;
    if (appended.seq !== (this.#state.checkpoint()?.seq ?? 0) + 1) {
      // Commits of others lie between; they come first.
      await this.#catchUp();
      return outcome;
    }
    const item = { seq: appended.seq, msgId: commandId, owner, aggregate };
    const applied = { ...item, commit: { ...commit, events: asNewest(decision, events) } };
    this.#state.apply(log.streamCreated(this.#partition), [applied], appended.seq - 1);
    return outcome;
  }

  #toOutcome({ seq, ...outcome }: RememberedOutcome): Outcome {
    const { log } = this.#context;
    return {
      ...outcome,
      position: formatPosition({ partition: this.#partition, epoch: log.epoch(this.#partition), seq }),
    };
  }

  /** Goes before the outcome on the same connection, so that no read of whoever hears the outcome comes before it. */
  #tellQueries(command: Command, outcome: Outcome): void {
    const kind = kindOfAggregate(aggregateOf(command));
    if (kind === undefined || outcome.status !== 'accepted') return;
    this.#context.log.nc.publish(live.written(kind, command.owner), outcome.position);
  }

  async #reply(replyTo: string | undefined, outcome: Outcome): Promise<void> {
    if (!replyTo) return;
    await withSpan(
      'publish outcome',
      { kind: SpanKind.PRODUCER, attributes: { 'memlane.outcome': outcome.status } },
      () => this.#context.log.nc.publish(replyTo, JSON.stringify(outcome)),
    );
  }

  /** Does some work on the state. @throws what stopped it; a damaged state has been replaced by then */
  async #orReplace<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isDamaged(error)) await this.#replaceOnce();
      throw error;
    }
  }

  #replaceOnce(): Promise<void> {
    return (this.#replacing ??= this.#replace().finally(() => (this.#replacing = undefined)));
  }

  /** Nothing is decided on the new state before it has caught up; what is in hand with the old one is tried again. */
  async #replace(): Promise<void> {
    setAside(this.#path, this.#context.logger);
    const before = this.#state;
    const place = { partition: this.#partition, path: this.#path, outcomesCreated: this.#outcomesCreated };
    this.#state = await openDecisionState(this.#context, place, () => this.doubt());
    this.#inode = inodeOf(this.#path);
    // What was decided meanwhile may be in the old state only.
    this.doubt();
    before.abandon();
  }

  #catchUp(): Promise<void> {
    return catchUp(this.#context.log, this.#partition, this.#state, this.#outcomesCreated);
  }
}

function isDryRun({ payload }: Command): boolean {
  return 'dry_run' in payload && payload.dry_run === true;
}

function asNewest(
  decision: Extract<Decision<unknown>, { kind: 'append' }>,
  stored: readonly { readonly id: string }[],
) {
  return decision.events.map((event, n) => ({ ...event, id: stored[n]?.id ?? '' }));
}
