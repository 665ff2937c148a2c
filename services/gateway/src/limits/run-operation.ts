import type { Caller } from '../caller.js';
import type { Admission, OperationCost } from './admit-operations.js';

/** Whose operation it is, and what its result becomes part of. */
export interface OperationCall extends Pick<Caller, 'credential' | 'answer'> {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs an operation as the plan of its user allows. It is in flight until its answer is read: what a client leaves unread
 * is kept in memory like what is being worked on.
 *
 * @throws MemlaneError as {@link Admission.admit}, or what the operation throws
 */
export async function runOperation<T>(
  admission: Admission,
  { credential, answer, signal }: OperationCall,
  cost: OperationCost,
  run: () => Promise<T>,
): Promise<T> {
  const end = answer.begin();
  let leave = () => {};
  try {
    leave = await admission.admit(credential.owner, cost, signal);
    return await run();
  } finally {
    end(leave);
  }
}
