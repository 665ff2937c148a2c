import {
  errorBody,
  formatSpace,
  MemlaneError,
  memlaneError,
  type CommandResults,
  type ErrorBody,
} from '@memlane/contracts';
import { positionOf } from '@memlane/event-log';
import type { CallProgress } from './call-progress.js';
import { checkMemories, cutMemories, type IndexedMemory } from './cut-memories.js';
import { commandIdOf, fingerprintOf } from './command-identity.js';
import { issueCommand, type CommandRequest, type IssuedCommand, type WritePath } from './issue-command.js';
import { latestPosition } from './latest-position.js';

type ItemResult = CommandResults['store-memories']['results'][number];

export interface StoreMemoriesAnswer {
  readonly results: readonly ItemResult[];
  readonly position: string;
}

interface StoreMemoriesRequest extends Pick<
  CommandRequest<'store-memories'>,
  'credential' | 'correlationId' | 'space'
> {
  readonly memories: readonly unknown[];
  readonly idempotencyKey: string | undefined;
  /** Aborted when the client is gone: what is not published yet is left out. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: CallProgress) => void) | undefined;
}

/**
 * Stores many memories: each is checked by itself, the good ones are cut into commands that are published in order, and
 * every memory has its own outcome.
 *
 * @throws MemlaneError when no memory was stored, all for the same reason that is not their own
 */
export async function storeMemories(path: WritePath, request: StoreMemoriesRequest): Promise<StoreMemoriesAnswer> {
  const { valid, refused } = checkMemories(request.memories);
  const results: ItemResult[] = [...refused];
  const positions: string[] = [];
  const failures: ErrorBody[] = [];
  const parts = cutMemories(valid);
  let done = refused.length;

  const settle = async (part: readonly IndexedMemory[], issued: IssuedCommand | MemlaneError) => {
    try {
      if (issued instanceof MemlaneError) throw issued;
      const outcome = await issued.accepted;
      results.push(...(outcome.result as CommandResults['store-memories']).results);
      positions.push(outcome.position);
    } catch (error) {
      if (!(error instanceof MemlaneError)) throw error;
      failures.push(error.body);
      results.push(...part.map(({ index }) => ({ index, error: error.body })));
    }
    done += part.length;
    request.onProgress?.({ progress: done, total: request.memories.length });
  };

  const settling: Promise<void>[] = [];
  for await (const { part, issued } of issueParts(path, request, parts)) settling.push(settle(part, issued));
  await Promise.all(settling);

  const [failure] = failures;
  if (failure && failures.length === parts.length && refused.length === 0) throw new MemlaneError(failure);
  results.sort((a, b) => a.index - b.index);
  // A call that has written nothing answers with the first position: every read is past it.
  return {
    results,
    position: latestPosition(positions) ?? positionOf(path.log, request.space?.owner ?? request.credential.owner, 0),
  };
}

/**
 * Publishes part after part; after the first that cannot be published, the rest fails with the same error. With an
 * idempotency key the first part is decided before there is another: should the key be of a different call, which may
 * have had fewer parts, then nothing of this one is stored.
 */
async function* issueParts(path: WritePath, request: StoreMemoriesRequest, parts: readonly IndexedMemory[][]) {
  const { credential, correlationId, space, idempotencyKey } = request;
  const identity = {
    owner: credential.owner,
    tool: 'store_memories',
    space: space && formatSpace(space),
    idempotencyKey,
  };
  let failed: MemlaneError | undefined;
  for (const [part, items] of parts.entries()) {
    if (!failed && request.signal?.aborted)
      failed = new MemlaneError(errorBody('MEMLANE_ERR_UNAVAILABLE', 'the client went away before this was stored'));
    if (failed) {
      yield { part: items, issued: failed };
      continue;
    }
    try {
      const issued = await issueCommand(path, {
        credential,
        correlationId,
        space,
        type: 'store-memories',
        payload: { items },
        commandId: commandIdOf({ ...identity, part }),
        // Over the whole call, so that another call with the same key is refused at its first part already.
        fingerprint: fingerprintOf('store-memories', parts, part),
      });
      yield { part: items, issued };
      if (part === 0 && parts.length > 1 && idempotencyKey !== undefined) failed = await refusalOf(issued);
    } catch (error) {
      if (!(error instanceof MemlaneError)) throw error;
      failed = error;
      yield { part: items, issued: failed };
    }
  }
}

/** Why the rest of a call is not to be issued after its first part. */
async function refusalOf({ accepted }: IssuedCommand): Promise<MemlaneError | undefined> {
  try {
    await accepted;
    return undefined;
  } catch (error) {
    if (!(error instanceof MemlaneError)) throw error;
    // Pending is accepted and durable, and the rest is neither.
    if (error.body.code !== 'MEMLANE_ERR_PENDING') return error;
    const why = 'the first part of this call is not decided yet, and the rest was not accepted';
    return memlaneError('MEMLANE_ERR_UNAVAILABLE', why, { retry_after_seconds: 1 });
  }
}
