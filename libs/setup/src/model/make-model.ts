import { readFile, writeFile } from 'node:fs/promises';
import { buildBertGraph, type BertShape } from './bert-graph.js';
import { encodeOnnx } from './onnx.js';
import { readSafetensors } from './safetensors.js';

/** Writes the model of a file of weights; the same weights give the same bytes. */
export async function makeModel(weights: string, shape: BertShape, model: string): Promise<void> {
  const graph = buildBertGraph(readSafetensors(await readFile(weights)), shape);
  await writeFile(model, encodeOnnx(graph));
}
