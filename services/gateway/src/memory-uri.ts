import { fields, parseInput } from '@memlane/contracts';

const MEMORY_URI = 'memory://';

/** URI template (RFC 6570) of a memory as MCP resource. */
export const MEMORY_URI_TEMPLATE = `${MEMORY_URI}{id}`;

export function memoryUri(id: string): string {
  return MEMORY_URI + id;
}

/** The id in the URI of a memory; `undefined` when it is not one. */
export function memoryIdOf(uri: string): string | undefined {
  const id = parseInput(fields.memoryId, uri.startsWith(MEMORY_URI) ? uri.slice(MEMORY_URI.length) : undefined);
  return id.ok ? id.value : undefined;
}
