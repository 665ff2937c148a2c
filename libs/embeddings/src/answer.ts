import { errorBody, headers, type ErrorCode } from '@memlane/contracts';
import { headers as natsHeaders, type MsgHdrs } from '@nats-io/nats-core';
import { bytesToVectors, vectorsToBytes } from './vector-bytes.js';

/** Vectors of one request. */
export interface Embedding {
  /** Key of the model that made them, see `modelKeyOf`. */
  readonly model: string;
  readonly vectors: Float32Array[];
  /** Vectors of each text, in order; all 1 unless the request asked to split. */
  readonly pieces: readonly number[];
}

/** Why there are no vectors: `off` is by configuration and stays, the others pass. */
export type EmbedderUnavailable = 'off' | 'unavailable' | 'overloaded';

interface Message {
  readonly data: Uint8Array;
  readonly headers: MsgHdrs;
}

/** An answer with vectors. */
export function encodeEmbedding({ model, vectors, pieces }: Embedding): Message {
  const head = natsHeaders();
  head.set(headers.model, model);
  head.set(headers.dimensions, String(vectors[0]?.length ?? 0));
  head.set(headers.count, String(vectors.length));
  head.set(headers.pieces, pieces.join(','));
  return { data: vectorsToBytes(vectors), headers: head };
}

/** An answer that says why there are no vectors. */
export function encodeRefusal(code: ErrorCode, state?: EmbedderUnavailable): Message {
  const head = natsHeaders();
  head.set(headers.error, code);
  const body = errorBody(code, undefined, state ? { details: { embedder: state } } : {});
  return { data: new TextEncoder().encode(JSON.stringify(body)), headers: head };
}

/** Reads either answer. @throws Error when it is neither */
export function decodeAnswer(message: {
  readonly data: Uint8Array;
  readonly headers?: MsgHdrs | undefined;
}): Embedding | EmbedderUnavailable {
  const head = message.headers;
  if (!head) throw new Error('not an answer of the embedder');
  if (head.has(headers.error)) {
    if (head.get(headers.error) === 'MEMLANE_ERR_OVERLOADED') return 'overloaded';
    const text = new TextDecoder().decode(message.data);
    return text.includes('"embedder":"off"') ? 'off' : 'unavailable';
  }
  const count = Number(head.get(headers.count));
  const vectors = count === 0 ? [] : bytesToVectors(message.data, Number(head.get(headers.dimensions)));
  if (vectors.length !== count) throw new Error('the embedder answered another number of vectors than it says');
  const pieces = head
    .get(headers.pieces)
    .split(',')
    .filter((part) => part !== '')
    .map(Number);
  return { model: head.get(headers.model), vectors, pieces };
}
