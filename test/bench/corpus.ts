import { readFileSync } from 'node:fs';

interface LocomoTurn {
  readonly speaker: string;
  readonly dia_id: string;
  readonly text: string;
  readonly blip_caption?: string;
}

export interface Turn extends LocomoTurn {
  readonly session: number;
}

export interface Conversation {
  readonly id: string;
  readonly turns: readonly Turn[];
  readonly questions: readonly { readonly question: string; readonly evidence: readonly string[] }[];
}

interface LocomoEntry {
  readonly sample_id: string;
  readonly conversation: Readonly<Record<string, unknown>>;
  readonly qa: readonly {
    readonly question: string;
    readonly evidence: readonly string[];
    readonly category: number;
  }[];
}

/**
 * Reads a LoCoMo file (`snap-research/LoCoMo`, `data/locomo10.json`, or a part of it). Questions whose evidence names
 * no turn are left out.
 */
export function readLocomo(file: string): Conversation[] {
  const entries = JSON.parse(readFileSync(file, 'utf8')) as LocomoEntry[];
  return entries.map(({ sample_id, conversation, qa }) => {
    const turns: Turn[] = [];
    for (let session = 1; Array.isArray(conversation[`session_${session}`]); session += 1)
      for (const turn of conversation[`session_${session}`] as LocomoTurn[]) turns.push({ ...turn, session });
    const known = new Set(turns.map(({ dia_id }) => dia_id));
    const questions = qa
      .map(({ question, evidence }) => ({ question, evidence: evidence.filter((id) => known.has(id)) }))
      .filter(({ evidence }) => evidence.length > 0);
    return { id: sample_id, turns, questions };
  });
}

const words =
  'harbour lantern meadow copper violin orchard glacier thunder pepper anchor ribbon castle maple turbine walnut ' +
  'canyon feather marble compass saffron velvet quartz bamboo comet ember falcon granite hazel indigo jasmine kettle';

/** Conversation turns when no data set is given: made-up sentences of everyday length, all different. */
export function makeTexts(count: number): string[] {
  const pool = words.split(' ');
  return Array.from({ length: count }, (_, n) => {
    const pick = (k: number) => pool[(n * 7 + k * 13 + ((n * k) % 11)) % pool.length] ?? '';
    return `Note ${n}: we talked about the ${pick(1)} and the ${pick(2)}, then ${pick(3)} asked whether the ${pick(4)} near the ${pick(5)} was still there.`;
  });
}

/** What somebody would search a text by: its first words. */
export function queryOf(text: string): string {
  return text.split(/\s+/).slice(0, 8).join(' ').slice(0, 200);
}
