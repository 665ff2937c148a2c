import { fields, parseInput } from '@memlane/contracts';
import { ProtocolError, ProtocolErrorCode, type GetPromptResult, type Prompt } from '@modelcontextprotocol/server';
import { z } from 'zod';

interface PromptEntry {
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly { readonly name: string; readonly description: string; readonly required: boolean }[];
  readonly input: z.ZodType<{ readonly topic?: string | undefined }>;
  readonly text: (topic: string | undefined) => string;
}

const topic = fields.text('query_chars');
const oneTopic = (description: string, required: boolean) => [{ name: 'topic', description, required }];

const prompts: Readonly<Record<string, PromptEntry>> = {
  recall: {
    title: 'Recall',
    description: 'Gather what is remembered about a topic before working on it.',
    arguments: oneTopic('What to recall.', true),
    input: z.strictObject({ topic }),
    text: (about) =>
      `Find out what is remembered about the topic below. Call search_memories with it in plain words, then again with ` +
      `other words for it and with mode "exact" for any names in it. Report what you found, newest first, with dates ` +
      `and ids; say where memories contradict each other and what is missing.\n\nTopic: ${about ?? ''}`,
  },
  remember_session: {
    title: 'Remember this session',
    description: 'Store what a later session will need from this conversation.',
    arguments: oneTopic('What to concentrate on; default: everything that matters.', false),
    input: z.strictObject({ topic: topic.optional() }),
    text: (about) =>
      `Go through this conversation${about === undefined ? '' : `, concentrating on: ${about}`}. List the facts, ` +
      `decisions with their reasons, preferences and open ends that a later session will need. For each call ` +
      `search_memories first: update_memory when an older memory says something that has changed, store_memories for ` +
      `what is new. One thing per memory, understandable by itself, with a type and a few tags. No secrets.`,
  },
  tidy_memories: {
    title: 'Tidy memories',
    description: 'Find outdated, repeated and contradicting memories about a topic, and propose what to do.',
    arguments: oneTopic('What to tidy.', true),
    input: z.strictObject({ topic }),
    text: (about) =>
      `Page through what is remembered about the topic below with search_memories and list_memories. Group repeated, ` +
      `outdated and contradicting memories. Propose for each group what to keep, update or delete, with ids. Change ` +
      `nothing before I agree; then use update_memory with expected_version, and delete_memories with dry_run first.` +
      `\n\nTopic: ${about ?? ''}`,
  },
};

/** The prompts as MCP lists them. */
export const promptList: readonly Prompt[] = Object.entries(prompts).map(([name, entry]) => ({
  name,
  title: entry.title,
  description: entry.description,
  arguments: [...entry.arguments],
}));

/** @throws ProtocolError -32602 for an unknown prompt or arguments that are not valid */
export function getPrompt(name: string, args: Readonly<Record<string, string>> | undefined): GetPromptResult {
  const entry = Object.hasOwn(prompts, name) ? prompts[name] : undefined;
  if (!entry) throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'there is no prompt of this name');
  const parsed = parseInput(entry.input, args ?? {});
  if (!parsed.ok)
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, parsed.error.message, { error: parsed.error });
  const text = entry.text(parsed.value.topic);
  return { description: entry.description, messages: [{ role: 'user', content: { type: 'text', text } }] };
}
