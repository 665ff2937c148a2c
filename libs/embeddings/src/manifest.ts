import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const manifestSchema = z.object({
  id: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  revision: z.string(),
  source: z.string(),
  dimensions: z.int().min(1).max(4_096),
  max_tokens: z.int().min(32).max(8_192),
  pooling: z.literal('mean'),
  normalize: z.literal(true),
  prefixes: z.object({ query: z.string(), passage: z.string() }),
  sha256: z.object({ model: z.string(), tokenizer: z.string() }),
});

/** What is in a model folder and how its vectors are made. */
export type Manifest = z.infer<typeof manifestSchema>;

/** Reads `manifest.json` of a model folder. @throws Error when it is missing or not one */
export async function readManifest(modelDir: string): Promise<Manifest> {
  const parsed = manifestSchema.safeParse(JSON.parse(await readFile(join(modelDir, 'manifest.json'), 'utf8')));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`manifest.json of the model: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'not valid'}`);
  }
  return parsed.data;
}

/**
 * Names everything that a vector depends on, as `<id>@<12 hex digits>`: two models with the same key give the same
 * vectors, and vectors of different keys are never compared.
 */
export function modelKeyOf(manifest: Manifest): string {
  const parts = [manifest.sha256, manifest.dimensions, manifest.max_tokens, manifest.pooling, manifest.prefixes];
  return `${manifest.id}@${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12)}`;
}
