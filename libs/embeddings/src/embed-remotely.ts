import { limit, live, type EmbedLane, type EmbedRequest } from '@memlane/contracts';
import type { NatsConnection } from '@nats-io/nats-core';
import { decodeAnswer, type Embedding, type EmbedderUnavailable } from './answer.js';

/** What became of a request to the embedder. */
export type Embedded =
  ({ readonly ok: true } & Embedding) | { readonly ok: false; readonly state: EmbedderUnavailable };

/** A search waits for a query; the others for what was asked before them, and code for memories that came later too. */
const WAIT_MS: Record<EmbedLane, number> = {
  interactive: limit('vector_leg_wait_ms'),
  fresh: 60_000,
  bulk: 60_000,
  code: 600_000,
};
/** Keeps a request and its answer, at most some hundred pieces, well below the largest NATS message. */
const BYTES_PER_REQUEST = 65_536;

/**
 * Asks the embedder, in as many requests as are needed. Never throws for an embedder that is away: that is a state.
 *
 * @param lane `interactive` when someone waits for the answer: it is bounded by `vector_leg_wait_ms`
 */
export async function embedRemotely(
  nc: NatsConnection,
  lane: EmbedLane,
  request: EmbedRequest,
  timeoutMs: number = WAIT_MS[lane],
): Promise<Embedded> {
  const vectors: Float32Array[] = [];
  const pieces: number[] = [];
  let model = '';
  for (const texts of cutRequest(request.texts)) {
    const answer = await ask(nc, lane, { ...request, texts }, timeoutMs);
    if (typeof answer === 'string') return { ok: false, state: answer };
    // The embedder was replaced in between: vectors of two models must not be mixed.
    if (model !== '' && model !== answer.model) return { ok: false, state: 'unavailable' };
    model = answer.model;
    vectors.push(...answer.vectors);
    pieces.push(...answer.pieces);
  }
  return { ok: true, model, vectors, pieces };
}

/** Runs of texts, each within the bounds of one request. */
export function cutRequest(texts: readonly string[]): string[][] {
  const most = limit('embed_texts_per_request');
  const requests: string[][] = [];
  let current: string[] = [];
  let bytes = 0;
  for (const text of texts) {
    const size = Buffer.byteLength(text);
    if (current.length > 0 && (current.length >= most || bytes + size > BYTES_PER_REQUEST)) {
      requests.push(current);
      current = [];
      bytes = 0;
    }
    current.push(text);
    bytes += size;
  }
  return current.length > 0 ? [...requests, current] : requests;
}

async function ask(
  nc: NatsConnection,
  lane: EmbedLane,
  request: EmbedRequest,
  timeoutMs: number,
): Promise<Embedding | EmbedderUnavailable> {
  try {
    return decodeAnswer(await nc.request(live.embed(lane), JSON.stringify(request), { timeout: timeoutMs }));
  } catch {
    // No responder, no answer in time, a connection that is down or an answer cut short: all of them pass.
    return 'unavailable';
  }
}
