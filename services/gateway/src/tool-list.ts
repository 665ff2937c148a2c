import { allows } from '@memlane/auth';
import { listedInput, tools, type ToolName } from '@memlane/contracts';
import type { Tool } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Caller } from './caller.js';

type JsonSchema = Record<string, unknown>;

/**
 * The tools as MCP lists them. Made once: converting the schemas on every request costs ten times as much as the rest
 * of a call.
 */
export const toolList: readonly Tool[] = (Object.keys(tools) as ToolName[]).map((name) => {
  const { title, description, output, annotations } = tools[name];
  return {
    name,
    title,
    description,
    inputSchema: toJsonSchema(listedInput(name), 'input') as Tool['inputSchema'],
    outputSchema: toJsonSchema(output, 'output'),
    annotations: { title, ...annotations },
  };
});

/**
 * The tools that a caller may call: others would only cost its agent tokens and errors. Who can gain scopes sees all of
 * them, since the refused call is what makes a client ask for the scope.
 */
export function toolsOf({ credential, canGainScopes = false }: Pick<Caller, 'credential' | 'canGainScopes'>): Tool[] {
  return toolList.filter(({ name }) => canGainScopes || allows(credential, tools[name as ToolName].scope));
}

/**
 * JSON Schema 2020-12 of a zod schema, without what only costs the agent tokens: the patterns beside a `format`, and
 * the bounds of a safe integer.
 */
export function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const jsonSchema: JsonSchema = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema: part }) => {
      if (part.format !== undefined) delete part.pattern;
      if (part.minimum === Number.MIN_SAFE_INTEGER) delete part.minimum;
      if (part.maximum === Number.MAX_SAFE_INTEGER) delete part.maximum;
      delete part.propertyNames;
      // An answer may gain fields without breaking clients that kept the list.
      if (io === 'output' && part.additionalProperties === false) delete part.additionalProperties;
    },
  });
  // MCP says which dialect holds when none is named: this one.
  delete jsonSchema['$schema'];
  return JSON.parse(JSON.stringify(jsonSchema), (_key, part: unknown) => splitTypes(part)) as JsonSchema;
}

/** Several clients, and providers of models behind them, know no list of types. */
function splitTypes(part: unknown): unknown {
  const { type, ...rest } = (part ?? {}) as { readonly type?: unknown };
  return Array.isArray(type) ? { ...rest, anyOf: type.map((one: unknown) => ({ type: one })) } : part;
}
