import { chunkKeysIn, readChunkOutbox, readCandidates, readChunkTexts, searchCodeLegs } from '@memlane/code-index';
import { fuseCode, type CodeLeg } from '@memlane/code-intel';
import { limit } from '@memlane/contracts';
import type { Model } from '@memlane/embeddings/local-model';
import { rankFresh } from '@memlane/vector-store';
import type { CodeCorpus } from './code-corpora.js';
import { buildCodeIndex, OWNER } from './code-index.js';

/** Vectors of texts, by the model; kept by the caller where runs are to share them. */
export type EmbedTexts = (texts: readonly string[]) => Promise<Float32Array[]>;

/** Paths of the found chunks, best first. */
export type CodeRanking = Readonly<Record<CodeLeg | 'hybrid' | 'without vectors', readonly string[]>>;

/** The product's index, legs and ranking over one set of files; every vector is compared. */
export interface CodeSearcher {
  readonly chunks: number;
  search(query: string): Promise<CodeRanking>;
  close(): void;
}

export async function indexCode(corpus: CodeCorpus, model: Model, embedTexts: EmbedTexts): Promise<CodeSearcher> {
  const db = await buildCodeIndex(corpus);
  const scope = { owner: OWNER, filter: {} };
  const pool = limit('code_search_pool');
  const chunks = readChunkOutbox(db, { after: { seq: 0 }, limit: Number.MAX_SAFE_INTEGER });
  // As the embedder does: a text beyond the model's limit is cut into pieces, and the nearest of them counts.
  const pieces = readChunkTexts(db, chunks).map((text) => model.splitIntoPieces(text ?? ''));
  const vectors = await embedTexts(pieces.flat());
  let from = 0;
  const embedded = chunks.map(({ chunkId }, n) => ({
    memoryId: chunkId,
    vectors: vectors.slice(from, (from += pieces[n]?.length ?? 0)),
  }));

  async function nearestTo(query: string): Promise<string[]> {
    const [vector = new Float32Array()] = await model.embed([query], 'query');
    return rankFresh([], embedded, vector, pool).map(({ memoryId }) => memoryId);
  }

  return {
    chunks: chunks.length,
    async search(query) {
      const nearest = chunkKeysIn(db, scope, await nearestTo(query));
      const legs = { ...searchCodeLegs(db, scope, query, pool), vectors: nearest };
      const fuse = (some: typeof legs) => {
        const candidates = readCandidates(db, scope, [...new Set(Object.values(some).flat())]);
        return fuseCode({ query, legs: some, candidates }).map(({ path }) => path);
      };
      const pathsOf = (keys: readonly number[]) => readCandidates(db, scope, keys).map(({ path }) => path);
      return {
        text: pathsOf(legs.text),
        vectors: pathsOf(legs.vectors),
        symbols: pathsOf(legs.symbols),
        names: pathsOf(legs.names),
        'without vectors': fuse({ ...legs, vectors: [] }),
        hybrid: fuse(legs),
      };
    },
    close: () => db.close(),
  };
}
