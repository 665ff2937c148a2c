import fc from 'fast-check';

/** What is known of a JSON schema here: as much as the tools use. */
interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Texts to fill in, by the name of the field that they stand in. */
export type TextsOf = (field: string) => fc.Arbitrary<string>;

const times = fc.constantFrom('2020-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '2099-01-01T00:00:00Z');

/**
 * Arguments of a tool, made from its input schema: nearly always of the right shape, so that they get past the checks,
 * with any optional field there or not.
 */
export function argumentsOf(schema: Schema, texts: TextsOf, field = ''): fc.Arbitrary<unknown> {
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return fc.oneof(...options.map((option) => argumentsOf(option, texts, field)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type ?? 'string') {
    case 'object':
      // Free-form: a memory, or metadata.
      if (!schema.properties) return fc.record({ content: texts('content') });
      return fc.record(
        Object.fromEntries(
          Object.entries(schema.properties).map(([name, inner]) => [name, argumentsOf(inner, texts, name)]),
        ),
        { requiredKeys: requiredOf(schema) },
      );
    case 'array':
      return fc.array(argumentsOf(schema.items ?? {}, texts, field), { minLength: 1, maxLength: 3 });
    case 'integer':
    case 'number': {
      const min = schema.minimum ?? 0;
      return fc.integer({ min, max: Math.min(schema.maximum ?? Infinity, Math.max(20, min)) });
    }
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return schema.format === 'date-time' ? times : texts(field);
  }
}

function requiredOf(schema: Schema): string[] {
  const { required } = schema as { readonly required?: readonly string[] };
  return [...(required ?? [])];
}
