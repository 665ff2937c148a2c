import { limit } from '@memlane/contracts';
import { embedRemotely } from '@memlane/embeddings';
import type { Db } from '@memlane/projection';
import { readNewestOfOutbox } from '@memlane/read-model';
import type { FreshMemory } from '@memlane/vector-store';
import type { NatsConnection } from '@nats-io/nats-core';

/** Fits `embed_fresh_texts_per_user`. Of longer memories fewer are tried; a single one that is too long is refused. */
const BYTES = 6_000;

/** The newest memories of an owner that a search embeds by itself. */
export interface FreshTail {
  readonly memories: readonly FreshMemory[];
  /** Whether these are all that there are no vectors of. */
  readonly complete: boolean;
}

const nothing: FreshTail = { memories: [], complete: false };

/**
 * Embeds what the vector projector has not come to: the write that a position names, and the few before it. That is as
 * much as someone who waits can be given; all of a long import is not.
 *
 * @param request.caller whose turn it is in the embedder
 * @param request.model of the vectors that they are compared with
 * @param request.afterSeq commit up to which the owner's vectors are there; `upToSeq` is the one to be seen
 */
export async function embedFreshTail(
  nc: NatsConnection,
  db: Db,
  request: {
    readonly caller: string;
    readonly owner: string;
    readonly model: string;
    readonly afterSeq: number;
    readonly upToSeq: number;
  },
): Promise<FreshTail> {
  const { caller, owner, model, afterSeq, upToSeq } = request;
  const most = limit('fresh_memories');
  const rows = readNewestOfOutbox(db, owner, { afterSeq, upToSeq, limit: most + 1 });
  let bytes = 0;
  const taken = rows.slice(0, most).filter(({ text }, i) => (bytes += Buffer.byteLength(text)) <= BYTES || i === 0);
  if (taken.length === 0) return { memories: [], complete: rows.length === 0 };
  const texts = taken.map(({ text }) => text);
  const embedded = await embedRemotely(
    nc,
    'fresh',
    { owner: caller, kind: 'passage', texts, split: true },
    limit('vector_leg_wait_ms'),
  );
  if (!embedded.ok || embedded.model !== model) return nothing;
  let from = 0;
  const memories = taken.map(({ memoryId }, i) => {
    const vectors = embedded.vectors.slice(from, (from += embedded.pieces[i] ?? 0));
    return { memoryId, vectors };
  });
  return { memories, complete: taken.length === rows.length };
}
