import { limit, type CodeMemory } from '@memlane/contracts';
import { readCodeLinks } from '@memlane/read-model';
import { freshnessOf, type Answerer } from './query-context.js';

/** Which of the caller's own memories name code that a search found: those that were shared name code of others. */
export const codeMemories: Answerer<'code-memories'> = ({ models, clock }, { owner, input, standing }) => {
  const scope = { owner, filter: {}, now: clock().toISOString() };
  const links = readCodeLinks(models.db(standing.partition), scope, input.files);
  const memories = new Map(links.map(({ uri: _, ...memory }) => [memory.id, cutContent(memory)]));
  return {
    memories: [...memories.values()],
    links: links.map(({ id, uri }) => ({ memory: id, uri })),
    ...freshnessOf(standing),
  };
};

function cutContent(memory: Omit<CodeMemory, 'cut'>): CodeMemory {
  const { content } = memory;
  const cut = content.length > limit('code_memory_chars');
  return { ...memory, content: cut ? content.slice(0, limit('code_memory_chars')).toWellFormed() : content, cut };
}
