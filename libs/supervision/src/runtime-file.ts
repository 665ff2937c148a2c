import { z } from 'zod';
import { readJsonFile, writeJsonFile } from './json-file.js';

const runtime = z.object({
  /** Process id of `memlane up`. */
  pid: z.int(),
  url: z.string(),
  nats: z.object({ url: z.string(), user: z.string().optional(), password: z.string().optional() }),
  chroma_url: z.string().optional(),
  /** Process ids by name; a part that is down at the moment has none. `marker` is in its command line. */
  parts: z.record(z.string(), z.object({ pid: z.int(), marker: z.string() })),
});

/** What a running `memlane up` says about itself in its data folder. */
export type Runtime = z.infer<typeof runtime>;

export async function readRuntime(path: string): Promise<Runtime | undefined> {
  const parsed = runtime.safeParse(await readJsonFile(path));
  return parsed.success ? parsed.data : undefined;
}

export function writeRuntime(path: string, value: Runtime): Promise<void> {
  return writeJsonFile(path, value);
}
