import { z } from 'zod';
import { parseJson } from './parse-json.js';

const backlog = z.array(z.object({ pending: z.number().default(0) }));

/** What the answers of the services have of each other; every service leaves some of it out. */
const serviceStatus = z.object({
  reasons: z.array(z.string()).optional(),
  embeddings: z.string().optional(),
  chroma: z.string().optional(),
  running: z.number().optional(),
  partitions: backlog.optional().catch(undefined),
  code: backlog.optional(),
});

/**
 * How a service is, in a few words for a person.
 *
 * @param text JSON of its answer, `undefined` when there was none
 */
export function describeStatus(service: string, text: string | undefined): string {
  if (text === undefined) return 'no answer';
  const { success, data } = serviceStatus.safeParse(parseJson(text));
  if (!success) return text;
  if (data.reasons?.length) return `answers, but ${data.reasons.join(', ')}`;
  if (service === 'vector-projector') return describeVectors(data);
  if (data.partitions) return describeLag(total(data.partitions), 'commits behind');
  if (data.embeddings === 'off') return 'no model: text search only';
  if (data.running !== undefined && data.running > 0) return `ok, ${data.running} syncs running`;
  return 'ok';
}

function describeVectors({ partitions = [], code = [], chroma }: z.infer<typeof serviceStatus>): string {
  const memories = describeLag(total(partitions), 'memories wait for vectors');
  const chunks = describeLag(total(code), 'pieces of code wait for vectors');
  const waiting = [memories, chunks].filter((part) => part !== UP_TO_DATE);
  const state = waiting.length === 0 ? UP_TO_DATE : waiting.join(', ');
  return chroma === undefined || chroma === 'ok' || chroma === 'off' ? state : `${state}; chroma is ${chroma}`;
}

const UP_TO_DATE = 'ok, up to date';

function describeLag(count: number, what: string): string {
  return count === 0 ? UP_TO_DATE : `${count.toLocaleString('en')} ${what}`;
}

function total(parts: readonly { readonly pending: number }[]): number {
  return parts.reduce((sum, { pending }) => sum + pending, 0);
}
