import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { loadLocalModel, type Model } from '@memlane/embeddings/local-model';
import { modelDir } from '@memlane/testkit';
import { readCosqa, readSemble, type CodeCorpus, type CodeQuestion } from './code-corpora.js';
import { indexCode, type CodeRanking, type EmbedTexts } from './code-searcher.js';

export interface CodeQualityOptions {
  /** Folder of semble's annotations. */
  readonly semble?: string;
  /** Folder with a checkout of each of semble's repositories. */
  readonly repos?: string;
  /** Folder of CoSQA retrieval. */
  readonly cosqa?: string;
  /** Folder in which vectors are kept from run to run. */
  readonly cache?: string;
}

const legs = [
  'text',
  'names',
  'symbols',
  'vectors',
  'without vectors',
  'hybrid',
] as const satisfies readonly (keyof CodeRanking)[];
const EMBED_BATCH = 64;

/** Quality of code search on data sets that you bring: NDCG@10 on semble, MRR and recall on CoSQA. */
export async function benchCodeQuality({ semble, repos, cosqa, cache }: CodeQualityOptions): Promise<string> {
  const model = await loadLocalModel(await modelDir());
  try {
    const embedTexts = cache === undefined ? embedInBatches(model) : embedCached(model, cache);
    const parts: string[] = [`model: ${model.id}`];
    if (semble !== undefined) parts.push(await measureSemble(readSemble(semble, repos), model, embedTexts));
    if (cosqa !== undefined) parts.push(await measureCosqa(readCosqa(cosqa), model, embedTexts));
    return parts.join('\n\n');
  } finally {
    await model.close();
  }
}

interface Asked {
  readonly question: CodeQuestion;
  readonly ranking: CodeRanking;
}

async function ask(corpus: CodeCorpus, model: Model, embedTexts: EmbedTexts) {
  const searcher = await indexCode(corpus, model, embedTexts);
  try {
    const asked: Asked[] = [];
    for (const question of corpus.questions) asked.push({ question, ranking: await searcher.search(question.query) });
    return { asked, chunks: searcher.chunks };
  } finally {
    searcher.close();
  }
}

async function measureSemble(corpora: readonly CodeCorpus[], model: Model, embedTexts: EmbedTexts): Promise<string> {
  const rows: string[] = [
    `| NDCG@10 | chunks | questions | ${legs.join(' | ')} |`,
    `|---|---|---|${'---|'.repeat(legs.length)}`,
  ];
  const all: Asked[] = [];
  const perRepository: Record<string, number>[] = [];
  for (const corpus of corpora) {
    const { asked, chunks } = await ask(corpus, model, embedTexts);
    all.push(...asked);
    const scores = ndcgOfLegs(asked);
    perRepository.push(scores);
    rows.push(
      row(
        [corpus.name, chunks, asked.length],
        legs.map((leg) => scores[leg] ?? 0),
      ),
    );
  }
  for (const category of [...new Set(all.map(({ question }) => question.category))].toSorted()) {
    const asked = all.filter(({ question }) => question.category === category);
    const scores = ndcgOfLegs(asked);
    rows.push(
      row(
        [category, '', asked.length],
        legs.map((leg) => scores[leg] ?? 0),
      ),
    );
  }
  const means = legs.map((leg) => mean(perRepository.map((scores) => scores[leg] ?? 0)));
  rows.push(row(['**mean of repositories**', '', all.length], means));
  return `semble, ${corpora.length} repositories\n\n${rows.join('\n')}`;
}

async function measureCosqa(corpus: CodeCorpus, model: Model, embedTexts: EmbedTexts): Promise<string> {
  const { asked, chunks } = await ask(corpus, model, embedTexts);
  const rows = ['| CoSQA dev | MRR | R@1 | R@5 | R@10 |', '|---|---|---|---|---|'];
  for (const leg of legs) {
    const ranks = asked.map(({ question, ranking }) => rankOf(distinct(ranking[leg]), question.relevant[0] ?? ''));
    const recall = (k: number) => mean(ranks.map((rank) => (rank <= k ? 1 : 0)));
    rows.push(row([leg], [mean(ranks.map((rank) => 1 / rank)), recall(1), recall(5), recall(10)]));
  }
  return `CoSQA, ${corpus.files.length} functions in ${chunks} chunks, ${asked.length} questions\n\n${rows.join('\n')}`;
}

function ndcgOfLegs(asked: readonly Asked[]): Record<string, number> {
  return Object.fromEntries(
    legs.map((leg) => [leg, mean(asked.map(({ question, ranking }) => ndcg(ranking[leg], question.relevant)))]),
  );
}

/** semble's measure: the first of the ten best chunks that lies in a right file counts for that file. */
function ndcg(paths: readonly string[], relevant: readonly string[]): number {
  const gain = (rank: number) => (rank <= 10 ? 1 / Math.log2(rank + 1) : 0);
  const reached = relevant.reduce((sum, path) => sum + gain(rankOf(paths, path)), 0);
  const ideal = relevant.slice(0, 10).reduce((sum, _, index) => sum + gain(index + 1), 0);
  return ideal === 0 ? 0 : reached / ideal;
}

/** Counts from 1; infinite when it is not found. */
function rankOf(paths: readonly string[], wanted: string): number {
  const index = paths.findIndex(
    (path) => path === wanted || path.endsWith(`/${wanted}`) || wanted.endsWith(`/${path}`),
  );
  return index === -1 ? Number.POSITIVE_INFINITY : index + 1;
}

function distinct(paths: readonly string[]): string[] {
  return [...new Set(paths)];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function row(head: readonly (string | number)[], values: readonly number[]): string {
  return `| ${[...head, ...values.map((value) => value.toFixed(3))].join(' | ')} |`;
}

function embedInBatches(model: Model): EmbedTexts {
  return async (texts) => {
    const vectors: Float32Array[] = [];
    for (let start = 0; start < texts.length; start += EMBED_BATCH)
      vectors.push(...(await model.embed(texts.slice(start, start + EMBED_BATCH), 'passage')));
    return vectors;
  };
}

/** Keeps vectors by the sha256 of model and text. */
function embedCached(model: Model, folder: string): EmbedTexts {
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  const embed = embedInBatches(model);
  return async (texts) => {
    const db = new Database(join(folder, 'vectors.sqlite'));
    try {
      db.exec('CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, value BLOB NOT NULL)');
      const find = db.prepare<[Buffer], Buffer>('SELECT value FROM vector WHERE key = ?').pluck();
      const keep = db.prepare('INSERT OR REPLACE INTO vector VALUES (?, ?)');
      const keys = texts.map((text) => createHash('sha256').update(`${model.key}\n${text}`).digest());
      const missing = keys.flatMap((key, index) => (find.get(key) === undefined ? [index] : []));
      for (let start = 0; start < missing.length; start += EMBED_BATCH) {
        const batch = missing.slice(start, start + EMBED_BATCH);
        const vectors = await embed(batch.map((index) => texts[index] ?? ''));
        for (const [n, index] of batch.entries())
          keep.run(keys[index], Buffer.from(vectors[n]?.buffer.slice(0) ?? new ArrayBuffer(0)));
      }
      return keys.map((key) => new Float32Array(new Uint8Array(find.get(key) ?? Buffer.alloc(0)).buffer));
    } finally {
      db.close();
    }
  };
}
