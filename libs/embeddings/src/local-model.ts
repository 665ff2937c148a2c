import { join } from 'node:path';
import { limit, type EmbedRequest } from '@memlane/contracts';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { modelKeyOf, readManifest } from './manifest.js';
import { splitIntoWindows } from './pieces.js';
import { poolRows } from './pooling.js';
import { loadTokenizer } from './tokenizer.js';

/** An embedding model in this process. */
export interface Model {
  readonly id: string;
  /** Names everything that its vectors depend on, see `modelKeyOf`. */
  readonly key: string;
  readonly dimensions: number;
  /** Of the model file, hexadecimal. */
  readonly sha256: string;
  readonly maxTokens: number;
  /**
   * One vector of length 1 per text; a text beyond `maxTokens` is truncated.
   * Blocks this thread while it computes, some milliseconds per text.
   */
  embed(texts: readonly string[], kind: EmbedRequest['kind']): Promise<Float32Array[]>;
  /** Overlapping windows that each fit into `maxTokens`; the text itself when it fits. At most `pieces_per_memory`. */
  splitIntoPieces(text: string): string[];
  close(): Promise<void>;
}

/** A run is bounded by this many tokens with their padding: on one thread larger batches are no faster, only larger. */
const TOKENS_PER_RUN = 512;
const OVERLAP_SHARE = 1 / 6;

/** Loads the model of a folder with `model.onnx`, `tokenizer.json` and `manifest.json`. @throws Error when it can't */
export async function loadLocalModel(modelDir: string): Promise<Model> {
  const manifest = await readManifest(modelDir);
  const tokenizer = await loadTokenizer(modelDir);
  const session = await InferenceSession.create(join(modelDir, 'model.onnx'), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // Without them the resident size stays where it was after loading, instead of doubling with the longest batch.
    enableCpuMemArena: false,
    enableMemPattern: false,
  });
  const { dimensions, max_tokens: maxTokens, prefixes } = manifest;
  // Without a mask a model cannot tell padding from text, so that each text is a run of its own.
  const tokensPerRun = session.inputNames.includes('attention_mask') ? TOKENS_PER_RUN : 0;

  const encode = (text: string): number[] => {
    const ids = tokenizer.encode(text);
    const last = ids.at(-1);
    return ids.length <= maxTokens || last === undefined ? ids : [...ids.slice(0, maxTokens - 1), last];
  };

  async function run(rows: readonly number[][]): Promise<Float32Array[]> {
    const tokens = Math.max(...rows.map((row) => row.length));
    const output = await session.run(feedsOf(session.inputNames, rows, tokens));
    const hidden = output[session.outputNames[0] ?? '']?.data;
    if (!(hidden instanceof Float32Array)) throw new Error('the model did not answer float32');
    return poolRows(
      hidden,
      rows.map((row) => row.length),
      tokens,
      dimensions,
    );
  }

  const prefixTokens = prefixes.passage === '' ? 0 : tokenizer.count(prefixes.passage);
  // Room for the special tokens, and for words that count differently together than alone.
  const window = Math.floor(maxTokens * 0.95) - prefixTokens;
  const bounds = { window, overlap: Math.floor(window * OVERLAP_SHARE), maxPieces: limit('pieces_per_memory') };

  return {
    id: manifest.id,
    key: modelKeyOf(manifest),
    dimensions,
    sha256: manifest.sha256.model,
    maxTokens,
    async embed(texts, kind) {
      const rows = texts.map((text) => encode(prefixes[kind] + text));
      const vectors = new Array<Float32Array>(rows.length);
      for (const batch of batchesByLength(rows, tokensPerRun)) {
        const results = await run(batch.map((index) => rows[index] ?? []));
        results.forEach((vector, i) => (vectors[batch[i] ?? 0] = vector));
      }
      return vectors;
    },
    splitIntoPieces: (text) => splitIntoWindows(text, tokenizer.count, bounds),
    close: () => session.release(),
  };
}

/** Indexes of the rows in runs of similar length, each at most `cap` tokens with its padding, but at least one row. */
export function batchesByLength(rows: readonly { readonly length: number }[], cap: number): number[][] {
  const order = rows.map((row, index) => ({ index, length: row.length })).sort((a, b) => a.length - b.length);
  const batches: number[][] = [];
  let batch: number[] = [];
  for (const { index, length } of order) {
    if (batch.length > 0 && (batch.length + 1) * length > cap) {
      batches.push(batch);
      batch = [];
    }
    batch.push(index);
  }
  return batch.length > 0 ? [...batches, batch] : batches;
}

function feedsOf(inputs: readonly string[], rows: readonly number[][], tokens: number): Record<string, Tensor> {
  const shape = [rows.length, tokens];
  const fill = (valueOf: (id: number) => bigint): Tensor => {
    const values = new BigInt64Array(rows.length * tokens);
    rows.forEach((row, r) => row.forEach((id, t) => (values[r * tokens + t] = valueOf(id))));
    return new Tensor('int64', values, shape);
  };
  const feeds: Record<string, Tensor> = { input_ids: fill(BigInt) };
  if (inputs.includes('attention_mask')) feeds['attention_mask'] = fill(() => 1n);
  if (inputs.includes('token_type_ids'))
    feeds['token_type_ids'] = new Tensor('int64', new BigInt64Array(rows.length * tokens), shape);
  return feeds;
}
