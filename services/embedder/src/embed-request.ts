import { fields, limit, type EmbedLane, type EmbedRequest } from '@memlane/contracts';
import { encodeEmbedding, encodeRefusal, type Lanes, type QueryCache } from '@memlane/embeddings';
import type { Model } from '@memlane/embeddings/local-model';
import { z } from 'zod';

const requestSchema = z.object({
  owner: fields.owner.optional(),
  kind: z.enum(['query', 'passage']),
  texts: z.array(z.string()).max(limit('embed_texts_per_request')),
  split: z.boolean().optional(),
}) satisfies z.ZodType<EmbedRequest>;

export type Answer = ReturnType<typeof encodeEmbedding>;

/** Reads the body of a request; `undefined` when it is not one. */
export function parseEmbedRequest(data: Uint8Array): EmbedRequest | undefined {
  try {
    return requestSchema.safeParse(JSON.parse(new TextDecoder().decode(data))).data;
  } catch {
    return undefined;
  }
}

/** Answers one request: queries from the cache where they are there, everything else through the lanes. */
export async function answerEmbedRequest(
  { model, lanes, cache }: { readonly model: Model; readonly lanes: Lanes; readonly cache: QueryCache },
  lane: EmbedLane,
  request: EmbedRequest,
): Promise<Answer> {
  const pieces = request.split === true ? request.texts.map((text) => model.splitIntoPieces(text)) : undefined;
  const texts = pieces ? pieces.flat() : request.texts;
  const { owner = '' } = request;
  const cached = texts.map((text) => (request.kind === 'query' ? cache.get(owner, text) : undefined));
  const missing = texts.filter((_, i) => cached[i] === undefined);
  const made = await lanes.embed(lane, request.kind, missing, owner);
  if (!made.ok) return encodeRefusal('MEMLANE_ERR_OVERLOADED', 'overloaded');
  if (request.kind === 'query') made.value.forEach((vector, i) => cache.set(owner, missing[i] ?? '', vector));
  const fresh = made.value.values();
  const vectors = cached.map((vector) => vector ?? fresh.next().value ?? new Float32Array(model.dimensions));
  return encodeEmbedding({
    model: model.key,
    vectors,
    pieces: pieces ? pieces.map((parts) => parts.length) : request.texts.map(() => 1),
  });
}
