import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { buildBertGraph, type BertShape } from './bert-graph.js';
import { encodeOnnx } from './onnx.js';
import type { FloatTensor } from './safetensors.js';

const shape: BertShape = { layers: 2, heads: 2, hidden: 16, positions: 12, epsilon: 1e-12 };
const WORDS = 40;
const INNER = 32;

/** Weights as of a BERT that has learnt nothing, the same in each run. */
function makeWeights(): (name: string) => FloatTensor {
  let state = 1;
  // Park and Miller's generator: enough to be different everywhere.
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5;
  const known = new Map<string, FloatTensor>();
  const dimsOf = (name: string): number[] => {
    if (name.endsWith('word_embeddings.weight')) return [WORDS, shape.hidden];
    if (name.endsWith('position_embeddings.weight')) return [shape.positions + 4, shape.hidden];
    if (name.endsWith('token_type_embeddings.weight')) return [2, shape.hidden];
    if (name.endsWith('intermediate.dense.weight')) return [INNER, shape.hidden];
    if (name.endsWith('intermediate.dense.bias')) return [INNER];
    if (/\d\.output\.dense\.weight$/.test(name)) return [shape.hidden, INNER];
    return name.endsWith('LayerNorm.weight') || name.endsWith('bias') ? [shape.hidden] : [shape.hidden, shape.hidden];
  };
  return (name) => {
    const dims = dimsOf(name);
    const size = dims.reduce((product, dim) => product * dim, 1);
    const made = known.get(name) ?? { shape: dims, values: Float32Array.from({ length: size }, random) };
    known.set(name, made);
    return made;
  };
}

type Rows = readonly (readonly number[])[];

/** BERT as its paper and PyTorch's `BertModel` have it, in plain 64-bit arithmetic, for one text. */
function referenceOf(weights: (name: string) => FloatTensor, ids: readonly number[]): Rows {
  const vector = (name: string) => [...weights(name).values];
  const row = (name: string, r: number) => vector(name).slice(r * shape.hidden, (r + 1) * shape.hidden);
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
  const add = (...parts: Rows[]): Rows =>
    (parts[0] ?? []).map((first, r) => first.map((_, c) => parts.reduce((sum, part) => sum + (part[r]?.[c] ?? 0), 0)));
  const linear = (input: Rows, name: string): Rows => {
    const [, inputs = 0] = weights(`${name}.weight`).shape;
    const bias = vector(`${name}.bias`);
    const all = vector(`${name}.weight`);
    return input.map((one) => bias.map((b, o) => b + dot(one, all.slice(o * inputs, (o + 1) * inputs))));
  };
  const norm = (input: Rows, name: string): Rows =>
    input.map((one) => {
      const mean =
        dot(
          one,
          one.map(() => 1),
        ) / one.length;
      const variance = one.reduce((sum, value) => sum + (value - mean) ** 2, 0) / one.length;
      const [scale, shift] = [vector(`${name}.weight`), vector(`${name}.bias`)];
      return one.map(
        (value, i) => ((value - mean) / Math.sqrt(variance + shape.epsilon)) * (scale[i] ?? 0) + (shift[i] ?? 0),
      );
    });
  const attend = (input: Rows, name: string): Rows => {
    const width = shape.hidden / shape.heads;
    const [q, k, v] = ['query', 'key', 'value'].map((kind) => linear(input, `${name}.self.${kind}`)) as [
      Rows,
      Rows,
      Rows,
    ];
    return q.map((query) =>
      Array.from({ length: shape.heads }, (_, head) => {
        const part = (one: readonly number[]) => one.slice(head * width, (head + 1) * width);
        const scores = k.map((key) => Math.exp(dot(part(query), part(key)) / Math.sqrt(width)));
        const total = scores.reduce((sum, score) => sum + score, 0);
        return part(query).map((_, d) =>
          scores.reduce((sum, s, t) => sum + (s / total) * (part(v[t] ?? [])[d] ?? 0), 0),
        );
      }).flat(),
    );
  };
  let hidden = norm(
    ids.map((id, place) => {
      const parts = [row('embeddings.word_embeddings.weight', id), row('embeddings.position_embeddings.weight', place)];
      return add([parts[0] ?? []], [parts[1] ?? []], [row('embeddings.token_type_embeddings.weight', 0)])[0] ?? [];
    }),
    'embeddings.LayerNorm',
  );
  for (let n = 0; n < shape.layers; n += 1) {
    const name = `encoder.layer.${n}`;
    const mixed = linear(attend(hidden, `${name}.attention`), `${name}.attention.output.dense`);
    const middle = norm(add(mixed, hidden), `${name}.attention.output.LayerNorm`);
    const wide = linear(middle, `${name}.intermediate.dense`).map((one) => one.map(gelu));
    hidden = norm(add(linear(wide, `${name}.output.dense`), middle), `${name}.output.LayerNorm`);
  }
  return hidden;
}

const gelu = (x: number) => (x / 2) * (1 + erf(x / Math.SQRT2));

/** Abramowitz and Stegun 7.1.26, off by 1.5e-7 at most. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const tail = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - tail * Math.exp(-x * x));
}

test('says what BERT says, but for what bytes cannot', async () => {
  const weights = makeWeights();
  const session = await InferenceSession.create(encodeOnnx(buildBertGraph(weights, shape)));
  for (const ids of [[3], [1, 2, 3, 2, 39], Array.from({ length: shape.positions }, (_, i) => (i * 7) % WORDS)]) {
    const input = new Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]);
    const { last_hidden_state: output } = await session.run({ input_ids: input });
    expect(output?.dims).toEqual([1, ids.length, shape.hidden]);
    const expected = referenceOf(weights, ids);
    const given = [...(output?.data as Float32Array)];
    for (const [token, row] of expected.entries()) {
      const own = given.slice(token * shape.hidden, (token + 1) * shape.hidden);
      const off = row.map((value, d) => Math.abs(value - (own[d] ?? 0)));
      const size = Math.max(...row.map(Math.abs));
      expect(Math.max(...off) / size).toBeLessThan(0.05);
    }
  }
  await session.release();
});

test('is the same file each time', () => {
  const one = encodeOnnx(buildBertGraph(makeWeights(), shape));
  expect(Buffer.compare(one, encodeOnnx(buildBertGraph(makeWeights(), shape)))).toBe(0);
});
