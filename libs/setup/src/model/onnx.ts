import protobuf from 'protobufjs/light.js';

/** A constant of a graph, row by row. */
export interface Constant {
  readonly name: string;
  readonly dims: readonly number[];
  readonly type: 'float' | 'int8' | 'int64';
  readonly values: Float32Array | Int8Array | BigInt64Array;
}

export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Of its own operators ONNX says `''`. */
  readonly domain?: string;
  readonly ints?: Readonly<Record<string, number>>;
  readonly floats?: Readonly<Record<string, number>>;
}

/** A value that goes in or out; a dimension is a number, or the name of one that is only known in a run. */
export interface Port {
  readonly name: string;
  readonly type: Constant['type'];
  readonly dims: readonly (number | string)[];
}

export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly constants: readonly Constant[];
  readonly input: Port;
  readonly output: Port;
}

/** Operators of onnxruntime beyond those of ONNX. */
export const RUNTIME_DOMAIN = 'com.microsoft';

/** TensorProto.DataType */
export const FLOAT = 1;
const DATA_TYPES = { float: FLOAT, int8: 3, int64: 7 } as const;
/** AttributeProto.AttributeType */
const ATTRIBUTE_TYPES = { float: 1, int: 2 } as const;
/** IR version 8 came with operator set 17. */
const VERSIONS = { ir: 8, operators: 17, runtimeOperators: 1 } as const;

const field = (id: number, type: string) => ({ id, type });
const list = (id: number, type: string) => ({ id, type, rule: 'repeated' });
const message = (fields: Record<string, protobuf.IField>) => ({ fields });

/** The part of onnx.proto (onnx/onnx, `onnx/onnx.proto`) that a graph like ours needs. */
const schema = protobuf.Root.fromJSON({
  nested: {
    Attribute: message({
      name: field(1, 'string'),
      f: field(2, 'float'),
      i: field(3, 'int64'),
      type: field(20, 'int32'),
    }),
    Node: message({
      input: list(1, 'string'),
      output: list(2, 'string'),
      name: field(3, 'string'),
      opType: field(4, 'string'),
      attribute: list(5, 'Attribute'),
      domain: field(7, 'string'),
    }),
    Tensor: message({
      dims: list(1, 'int64'),
      dataType: field(2, 'int32'),
      name: field(8, 'string'),
      rawData: field(9, 'bytes'),
    }),
    Dimension: message({ dimValue: field(1, 'int64'), dimParam: field(2, 'string') }),
    Shape: message({ dim: list(1, 'Dimension') }),
    TensorType: message({ elemType: field(1, 'int32'), shape: field(2, 'Shape') }),
    Type: message({ tensorType: field(1, 'TensorType') }),
    Value: message({ name: field(1, 'string'), type: field(2, 'Type') }),
    Graph: message({
      node: list(1, 'Node'),
      name: field(2, 'string'),
      initializer: list(5, 'Tensor'),
      input: list(11, 'Value'),
      output: list(12, 'Value'),
    }),
    OperatorSet: message({ domain: field(1, 'string'), version: field(2, 'int64') }),
    Model: message({
      irVersion: field(1, 'int64'),
      producerName: field(2, 'string'),
      graph: field(7, 'Graph'),
      opsetImport: list(8, 'OperatorSet'),
    }),
  },
});

/** A graph as an ONNX file; the same graph gives the same bytes. */
export function encodeOnnx({ name, nodes, constants, input, output }: Graph): Uint8Array {
  const model = schema.lookupType('Model');
  const content = {
    irVersion: VERSIONS.ir,
    producerName: 'memlane',
    opsetImport: [
      { domain: '', version: VERSIONS.operators },
      { domain: RUNTIME_DOMAIN, version: VERSIONS.runtimeOperators },
    ],
    graph: {
      name,
      node: nodes.map(({ op, inputs, outputs, domain = '', ints = {}, floats = {} }) => ({
        input: inputs,
        output: outputs,
        name: outputs[0],
        opType: op,
        domain,
        attribute: [
          ...Object.entries(ints).map(([key, i]) => ({ name: key, i, type: ATTRIBUTE_TYPES.int })),
          ...Object.entries(floats).map(([key, f]) => ({ name: key, f, type: ATTRIBUTE_TYPES.float })),
        ],
      })),
      initializer: constants.map(({ name: key, dims, type, values }) => ({
        name: key,
        dims,
        dataType: DATA_TYPES[type],
        rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      })),
      input: [valueOf(input)],
      output: [valueOf(output)],
    },
  };
  return model.encode(model.create(content)).finish();
}

function valueOf({ name, type, dims }: Port) {
  const dim = dims.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: DATA_TYPES[type], shape: { dim } } } };
}
