import { createHash } from 'node:crypto';
import { ChromaClient, ChromaConnectionError, type Collection, type CreateCollectionConfiguration } from 'chromadb';
import type { VectorKind } from './vector-kind.js';

/** A Chroma server that does not answer. Passes; nothing is wrong with its data. */
export class ChromaAway extends Error {}

/** Measured: at the default threshold a query scans what every small collection has not synced yet. */
const configuration: CreateCollectionConfiguration = {
  hnsw: { space: 'cosine', sync_threshold: 100, ef_construction: 200, ef_search: 200 },
};

/** One collection per owner, kind and model: nothing is filtered after the search. */
export function collectionNameOf(owner: string, model: string, kind: VectorKind = 'memory'): string {
  return `${kind}-${createHash('sha256').update(`${owner}\n${model}`).digest('hex').slice(0, 40)}`;
}

/** Id of one vector: written twice it is there once. */
export function vectorIdOf(memoryId: string, piece: number): string {
  return `${memoryId}#${piece}`;
}

export function memoryIdOf(vectorId: string): string {
  return vectorId.slice(0, vectorId.lastIndexOf('#'));
}

export interface Chroma {
  getCollection(name: string): Promise<Collection>;
  createCollection(name: string): Promise<Collection>;
  deleteCollection(name: string): Promise<void>;
}

/** @param url of the server, e.g. `http://127.0.0.1:8000` */
export function connectChroma(url: string): Chroma {
  const { hostname, port, protocol } = new URL(url);
  const ssl = protocol === 'https:';
  const client = new ChromaClient({ host: hostname, port: Number(port) || (ssl ? 443 : 80), ssl });
  return {
    getCollection: (name) => client.getCollection({ name }),
    createCollection: (name) => client.createCollection({ name, configuration, embeddingFunction: null }),
    deleteCollection: (name) => client.deleteCollection({ name }),
  };
}

/** Bounds a request, and tells a server that is away from one that answers with an error. */
export async function boundRequest<T>(request: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ChromaAway('Chroma did not answer in time')), timeoutMs);
  });
  try {
    return await Promise.race([request, late]);
  } catch (error) {
    if (error instanceof ChromaConnectionError) throw new ChromaAway('Chroma cannot be reached', { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
