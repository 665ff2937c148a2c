import { createHash, randomBytes } from 'node:crypto';
import {
  COMMAND_VERSION,
  live,
  MemlaneError,
  memlaneError,
  type Command,
  type CommandPayload,
  type CommandResults,
  type Outcome,
  type RepoCommandType,
} from '@memlane/contracts';
import { onConnection, type EventLog } from '@memlane/event-log';
import { v7 as uuidv7 } from 'uuid';

/** An accepted report: what came of it, and the position in the log that includes it. */
export interface Reported<T extends RepoCommandType> {
  readonly result: CommandResults[T];
  readonly position: string;
}

/** Tells the log what a job has done. */
export interface Reporter {
  /**
   * Issues a command and waits for its outcome.
   *
   * @throws MemlaneError when it is rejected, or without an outcome after a while; the signal's reason when it is aborted
   */
  report<T extends RepoCommandType>(
    owner: string,
    type: T,
    payload: CommandPayload<T>,
    signal: AbortSignal,
  ): Promise<Reported<T>>;
  close(): void;
}

const ASK_AGAIN_MS = 5_000;
const ATTEMPTS = 12;
const ACTOR = 'repo-worker';

export function openReporter(log: EventLog): Reporter {
  const id = randomBytes(8).toString('hex');
  const waiting = new Map<string, (outcome: Outcome | undefined) => void>();
  const subscription = log.nc.subscribe(live.outcomes(id), {
    callback: (error, message) => {
      if (error) return;
      const commandId = message.subject.slice(message.subject.lastIndexOf('.') + 1);
      waiting.get(commandId)?.(message.json<Outcome>());
    },
  });
  // An outcome that was told while the connection was away went by unheard: asking again answers with the first one.
  onConnection(log.nc, 'reconnect', () => {
    for (const settle of [...waiting.values()]) settle(undefined);
  });

  const ask = (command: Command, signal: AbortSignal) =>
    new Promise<Outcome | undefined>((resolve, reject) => {
      const { commandId } = command;
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        waiting.delete(commandId);
      };
      const settle = (outcome: Outcome | undefined) => {
        done();
        resolve(outcome);
      };
      const onAbort = () => {
        done();
        reject(asError(signal.reason));
      };
      const timer = setTimeout(settle, ASK_AGAIN_MS, undefined);
      waiting.set(commandId, settle);
      signal.addEventListener('abort', onAbort, { once: true });
      log
        .publishCommand(command, { attemptId: uuidv7(), replyTo: live.outcome(id, commandId) })
        .catch((error: unknown) => {
          done();
          reject(asError(error));
        });
    });

  return {
    report: async (owner, type, payload, signal) => {
      const command: Command = {
        v: COMMAND_VERSION,
        commandId: uuidv7(),
        fingerprint: createHash('sha256')
          .update(JSON.stringify([type, payload]))
          .digest('hex'),
        owner,
        actor: ACTOR,
        client: ACTOR,
        issuedAt: new Date().toISOString(),
        correlationId: uuidv7(),
        type,
        payload,
      };
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        signal.throwIfAborted();
        const outcome = await ask(command, signal);
        if (outcome?.status === 'rejected') throw new MemlaneError(outcome.error);
        if (outcome) return { result: outcome.result as CommandResults[typeof type], position: outcome.position };
      }
      throw memlaneError('MEMLANE_ERR_UNAVAILABLE', 'the command handler did not answer');
    },
    close: () => subscription.unsubscribe(),
  };
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted');
}
