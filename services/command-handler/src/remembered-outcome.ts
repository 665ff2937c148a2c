import { errorBody, parsePosition, type Command, type ErrorBody, type Outcome } from '@memlane/contracts';
import type { RememberedOutcome } from './decision-state.js';

/** The outcome of a command that is refused. @param seq last commit of the owner that the refusal knows of */
export function rejection(command: Command, error: ErrorBody, seq: number): RememberedOutcome {
  return { status: 'rejected', commandId: command.commandId, fingerprint: command.fingerprint, error, seq };
}

/** What a command gets whose id has an outcome already; the same id for a different request is the caller's mistake. */
export function answerRepetition(command: Command, known: RememberedOutcome): RememberedOutcome {
  if (known.fingerprint === command.fingerprint) return known;
  const field = { field: 'idempotency_key' };
  return rejection(command, errorBody('MEMLANE_ERR_IDEMPOTENCY_MISMATCH', undefined, field), known.seq);
}

/** The commit sequence in an outcome's position. */
export function seqOf(outcome: Outcome): number {
  return parsePosition(outcome.position)?.seq ?? 0;
}
