import { startSystem } from '@memlane/testkit';
import type { Conversation, Turn } from '../bench/corpus.js';
import type { McpCaller } from '../support/mcp-caller.js';
import { createUser } from '../support/users.js';
import { waitForVectors } from '../support/vectors-pending.js';
import { Bm25Floor } from './bm25-floor.js';

interface Hit {
  readonly metadata: { readonly ref: string };
  readonly legs?: { readonly text?: { readonly rank: number }; readonly vectors?: { readonly rank: number } };
}

/** Share of a question's evidence that is among the first k, averaged over questions; k = 5 and 10. */
interface Recall {
  at5: number;
  at10: number;
  questions: number;
}

const legs = ['floor', 'text only', 'vectors only', 'hybrid'] as const;
type Leg = (typeof legs)[number];

/**
 * LoCoMo, turn and session: every turn (every session) is a memory of the conversation's own user; the questions are
 * asked within their conversation. Text only and vectors only are the ranks of the legs of the same answer.
 */
export async function benchLocomo(conversations: readonly Conversation[]): Promise<string> {
  const system = await startSystem();
  try {
    const rows: string[] = ['| unit | leg | R@5 | R@10 | questions |', '|---|---|---|---|---|'];
    for (const unit of ['turn', 'session'] as const) {
      const recalls = newRecalls();
      for (const conversation of conversations) {
        const owner = `${unit}-${conversation.id}`.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '-');
        const user = await createUser(system, owner, { connections: 8 });
        await measureConversation(user, unit, conversation, recalls);
        user.close();
      }
      for (const leg of legs) {
        const { at5, at10, questions } = recalls[leg];
        const share = (sum: number) => ((100 * sum) / questions).toFixed(1);
        rows.push(`| ${unit} | ${leg} | ${share(at5)} | ${share(at10)} | ${questions} |`);
      }
    }
    return rows.join('\n');
  } finally {
    await system.stop();
  }
}

function newRecalls(): Record<Leg, Recall> {
  const zero = () => ({ at5: 0, at10: 0, questions: 0 });
  return { floor: zero(), 'text only': zero(), 'vectors only': zero(), hybrid: zero() };
}

async function measureConversation(
  user: McpCaller,
  unit: 'turn' | 'session',
  { id, turns, questions }: Conversation,
  recalls: Record<Leg, Recall>,
): Promise<void> {
  const memories = unit === 'turn' ? turnMemories(id, turns) : sessionMemories(turns);
  let position: unknown;
  for (let start = 0; start < memories.length; start += 50)
    ({ position } = await user.must('store_memories', { memories: memories.slice(start, start + 50) }));
  await waitForVectors(user, position);
  const floor = new Bm25Floor(memories.map(({ content, metadata }) => ({ ref: metadata.ref, text: content })));
  const sessionOf = new Map(turns.map((turn) => [turn.dia_id, `session-${turn.session}`]));
  for (const { question, evidence } of questions) {
    const gold = new Set(unit === 'turn' ? evidence : evidence.map((turn) => sessionOf.get(turn) ?? turn));
    const answer = await user.must('search_memories', { query: question, limit: 100, explain: true, position });
    const hits = answer['memories'] as Hit[];
    count(
      recalls.hybrid,
      gold,
      hits.map((hit) => hit.metadata.ref),
    );
    count(
      recalls['text only'],
      gold,
      byRank(hits, (hit) => hit.legs?.text?.rank),
    );
    count(
      recalls['vectors only'],
      gold,
      byRank(hits, (hit) => hit.legs?.vectors?.rank),
    );
    count(recalls.floor, gold, floor.search(question));
  }
  floor.close();
}

function turnMemories(id: string, turns: readonly Turn[]) {
  return turns.map(({ dia_id, session, speaker, text, blip_caption }) => ({
    content: text.trim() === '' ? (blip_caption ?? '(nothing)') : text,
    conversation_id: `${id}-${session}`,
    metadata: { ref: dia_id, speaker, ...(blip_caption ? { caption: blip_caption } : {}) },
  }));
}

function sessionMemories(turns: readonly Turn[]) {
  const bySession = groupBySession(turns);
  return [...bySession].map(([session, all]) => ({
    content: all
      .map(
        ({ speaker, text, blip_caption }) =>
          `${speaker}: ${text}${blip_caption ? ` [shares a photo of ${blip_caption}]` : ''}`,
      )
      .join('\n'),
    metadata: { ref: `session-${session}` },
  }));
}

function byRank(hits: readonly Hit[], rank: (hit: Hit) => number | undefined): string[] {
  return hits
    .flatMap((hit) => {
      const place = rank(hit);
      return place === undefined ? [] : [{ ref: hit.metadata.ref, place }];
    })
    .sort((a, b) => a.place - b.place)
    .map(({ ref }) => ref);
}

function count(recall: Recall, gold: ReadonlySet<string>, ranked: readonly string[]): void {
  const found = (k: number) => ranked.slice(0, k).filter((ref) => gold.has(ref)).length / gold.size;
  recall.at5 += found(5);
  recall.at10 += found(10);
  recall.questions += 1;
}

function groupBySession(turns: readonly Turn[]): Map<number, Turn[]> {
  const groups = new Map<number, Turn[]>();
  for (const turn of turns) groups.set(turn.session, [...(groups.get(turn.session) ?? []), turn]);
  return groups;
}
