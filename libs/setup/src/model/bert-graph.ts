import { FLOAT, RUNTIME_DOMAIN, type Constant, type Graph, type Node } from './onnx.js';
import { quantizeLinear, quantizeTable } from './quantize.js';
import type { FloatTensor } from './safetensors.js';

/** The shape of a BERT encoder, as in `config.json` of its model. */
export interface BertShape {
  readonly layers: number;
  readonly heads: number;
  readonly hidden: number;
  /** Tokens of the longest text that the graph takes. */
  readonly positions: number;
  /** Added to the variance in layer normalization. */
  readonly epsilon: number;
}

/** Weights by the names that they have in PyTorch's `BertModel`. */
type Weights = (name: string) => FloatTensor;

/**
 * The encoder of BERT (Devlin et al. 2019) with weights of one byte, and activations that are quantized as they come.
 * It takes one text a run: the scale of its activations is then of that text alone, so that a vector does not depend on
 * what else is embedded, and no mask is needed.
 */
export function buildBertGraph(weights: Weights, shape: BertShape): Graph {
  const parts = openParts();
  let hidden = embedTokens(parts, weights, shape);
  for (let n = 0; n < shape.layers; n += 1) hidden = addLayer(parts, weights, shape, { input: hidden, n });
  return {
    name: 'bert',
    nodes: parts.nodes,
    constants: parts.constants,
    input: { name: 'input_ids', type: 'int64', dims: [1, 'tokens'] },
    output: { name: hidden, type: 'float', dims: [1, 'tokens', shape.hidden] },
  };
}

type Parts = ReturnType<typeof openParts>;

/** What a graph is put together from; each function gives the name of what it has added. */
function openParts() {
  const constants: Constant[] = [];
  const nodes: Node[] = [];
  const constant = (one: Constant): string => {
    constants.push(one);
    return one.name;
  };
  const floats = (name: string, { shape: dims, values }: FloatTensor) =>
    constant({ name, dims, type: 'float', values });
  const run = (op: string, inputs: readonly string[], output: string, more: Partial<Node> = {}): string => {
    nodes.push({ op, inputs, outputs: [output], ...more });
    return output;
  };
  const runtime = (op: string, inputs: readonly string[], output: string, more: Partial<Node> = {}) =>
    run(op, inputs, output, { ...more, domain: RUNTIME_DOMAIN });
  return { constants, nodes, constant, floats, run, runtime };
}

function embedTokens({ constant, floats, run }: Parts, weights: Weights, { positions, epsilon }: BertShape): string {
  const { shape, bytes, scales } = quantizeTable(weights('embeddings.word_embeddings.weight'));
  const table = constant({ name: 'words.bytes', dims: shape, type: 'int8', values: bytes });
  const tableScales = floats('words.scales', { shape: [scales.length, 1], values: scales });
  const rows = run('Gather', [table, 'input_ids'], 'words.rows');
  const rowScales = run('Gather', [tableScales, 'input_ids'], 'words.row_scales');
  const words = run('Mul', [run('Cast', [rows], 'words.floats', { ints: { to: FLOAT } }), rowScales], 'words');

  const number = (value: bigint) =>
    constant({ name: `number_${value}`, dims: [1], type: 'int64', values: BigInt64Array.of(value) });
  const dims = run('Shape', ['input_ids'], 'dims');
  const tokens = run('Slice', [dims, number(1n), number(2n)], 'tokens');
  const places = run('Slice', [floats('places', placesOf(weights, positions)), number(0n), tokens], 'places.used');

  const norm = ['weight', 'bias'].map((kind) => `embeddings.LayerNorm.${kind}`);
  const scaleAndShift = norm.map((name) => floats(name, weights(name)));
  return run('LayerNormalization', [run('Add', [words, places], 'placed'), ...scaleAndShift], 'embeddings', {
    floats: { epsilon },
  });
}

/** What is added to a word at each place: the position, and that it is of the first of two sentences. */
function placesOf(weights: Weights, positions: number): FloatTensor {
  const { shape, values } = weights('embeddings.position_embeddings.weight');
  const sentence = weights('embeddings.token_type_embeddings.weight').values;
  const width = shape[1] ?? 0;
  const sums = values.subarray(0, positions * width).map((value, i) => value + (sentence[i % width] ?? 0));
  return { shape: [positions, width], values: sums };
}

function addLayer(
  { nodes, constant, floats, runtime }: Parts,
  weights: Weights,
  { heads, layers, epsilon }: BertShape,
  { input, n }: { readonly input: string; readonly n: number },
): string {
  const name = (part: string) => `encoder.layer.${n}.${part}`;
  const given = (part: string) => floats(name(part), weights(name(part)));

  /** Linear layers over the same input, without their biases; the outputs are side by side. */
  const linear = (from: string, parts: readonly string[], output: string): string => {
    const { shape, bytes, scales } = quantizeLinear(parts.map((part) => weights(`${name(part)}.weight`)));
    const matrix = constant({ name: `${output}.bytes`, dims: shape, type: 'int8', values: bytes });
    const columns = floats(`${output}.scales`, { shape: [scales.length], values: scales });
    return runtime('DynamicQuantizeMatMul', [from, matrix, columns], output);
  };
  const addAndNorm = (from: string, residual: string, part: string, output: string): string => {
    const norm = [given(`${part}.LayerNorm.weight`), given(`${part}.LayerNorm.bias`)];
    const bias = given(`${part}.dense.bias`);
    return runtime('SkipLayerNormalization', [from, residual, ...norm, bias], output, { floats: { epsilon } });
  };

  const projections = ['query', 'key', 'value'].map((kind) => `attention.self.${kind}`);
  const projected = linear(input, projections, name('projected'));
  const split = projections.map((part) => name(`${part}.output`));
  nodes.push({ op: 'Split', inputs: [projected], outputs: split, ints: { axis: -1 } });
  const biases = floats(name('projected.bias'), join(projections.map((part) => weights(`${name(part)}.bias`))));
  const attended = runtime('MultiHeadAttention', [...split, biases], name('attended'), { ints: { num_heads: heads } });
  const mixed = linear(attended, ['attention.output.dense'], name('mixed'));
  const middle = addAndNorm(mixed, input, 'attention.output', name('middle'));

  const wide = linear(middle, ['intermediate.dense'], name('wide'));
  const active = runtime('BiasGelu', [wide, given('intermediate.dense.bias')], name('active'));
  const narrow = linear(active, ['output.dense'], name('narrow'));
  return addAndNorm(narrow, middle, 'output', n === layers - 1 ? 'last_hidden_state' : name('output'));
}

function join(tensors: readonly FloatTensor[]): FloatTensor {
  const values = Float32Array.from(tensors.flatMap((one) => [...one.values]));
  return { shape: [values.length], values };
}
