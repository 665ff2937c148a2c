import Database from 'better-sqlite3';
import {
  embedText,
  fuseCode,
  indexText,
  namesInQuery,
  openFileParser,
  splitIdentifiers,
  textColumns,
  type CodeLeg,
  type SourceFile,
} from '@memlane/code-intel';
import type { Model } from '@memlane/embeddings/local-model';
import { queryWords } from '@memlane/search';

/** Best hits of each leg that are ranked together. */
const POOL = 100;

interface Candidate {
  readonly key: number;
  readonly path: string;
  readonly defines: readonly string[];
}

/** Vectors of texts, by the model; kept by the caller where runs are to share them. */
export type EmbedTexts = (texts: readonly string[]) => Promise<Float32Array[]>;

/** Paths of the found chunks, best first. */
export type CodeRanking = Readonly<Record<CodeLeg | 'hybrid' | 'without vectors', readonly string[]>>;

/** The product's parser, index text, legs and ranking over one set of files, in memory. */
export interface CodeSearcher {
  readonly chunks: number;
  search(query: string): Promise<CodeRanking>;
  close(): void;
}

export async function indexCode(
  files: readonly SourceFile[],
  model: Model,
  embedTexts: EmbedTexts,
): Promise<CodeSearcher> {
  const db = new Database(':memory:');
  const columns = textColumns.map(({ name }) => name);
  db.exec(
    `CREATE VIRTUAL TABLE chunk_text USING fts5 (${columns.join(', ')}, content = '', tokenize = 'porter unicode61 remove_diacritics 2')`,
  );
  db.exec('CREATE TABLE symbol (name TEXT COLLATE NOCASE, exported INTEGER, chunk INTEGER)');
  const insert = db.prepare(`INSERT INTO chunk_text (rowid, ${columns.join(', ')}) VALUES (?, ?, ?, ?)`);
  const insertSymbol = db.prepare('INSERT INTO symbol VALUES (?, ?, ?)');
  const candidates: Candidate[] = [];
  const texts: string[] = [];
  const parser = await openFileParser();
  for (const { path, text } of files) {
    const { chunks, symbols } = await parser.parse({ path, text });
    for (const chunk of chunks) {
      const key = candidates.length;
      const words = indexText(chunk, path, symbols);
      insert.run(key, ...columns.map((name) => words[name]));
      const defined = chunk.defines.flatMap((index) => symbols[index] ?? []);
      for (const { name, exported } of defined) insertSymbol.run(name, Number(exported), key);
      candidates.push({ key, path, defines: defined.map(({ name }) => name) });
      texts.push(embedText(chunk, path));
    }
  }
  parser.close();
  db.exec('CREATE INDEX symbol_by_name ON symbol (name)');
  const vectors = await embedTexts(texts);
  const weights = textColumns.map(({ weight }) => weight).join(', ');
  const findText = db.prepare<[string], { rowid: number }>(
    `SELECT rowid FROM chunk_text WHERE chunk_text MATCH ? ORDER BY bm25(chunk_text, ${weights}) LIMIT ${POOL}`,
  );
  const namesWeights = textColumns.map(({ namesWeight }) => namesWeight).join(', ');
  const findNames = db.prepare<[string], { rowid: number }>(
    `SELECT rowid FROM chunk_text WHERE chunk_text MATCH ? ORDER BY bm25(chunk_text, ${namesWeights}) LIMIT ${POOL}`,
  );
  const findSymbols = db.prepare<[string], { chunk: number }>(
    `SELECT DISTINCT chunk FROM symbol WHERE name IN (SELECT value FROM json_each(?)) ORDER BY exported DESC, chunk LIMIT ${POOL}`,
  );

  return {
    chunks: candidates.length,
    async search(query) {
      const words = queryWords(splitIdentifiers(query));
      const anyWord = words.map((word) => `"${word}"`).join(' OR ');
      const text = anyWord === '' ? [] : findText.all(anyWord).map(({ rowid }) => rowid);
      const names = anyWord === '' ? [] : findNames.all(`{path names} : (${anyWord})`).map(({ rowid }) => rowid);
      const symbols = findSymbols.all(JSON.stringify(namesInQuery(query))).map(({ chunk }) => chunk);
      const [vector] = await model.embed([query], 'query');
      const nearest = vector ? nearestOf(vector, vectors) : [];
      const pathsOf = (keys: readonly number[]) => keys.flatMap((key) => candidates[key]?.path ?? []);
      const fuse = (legs: Readonly<Record<CodeLeg, readonly number[]>>) => {
        const keys = [...new Set(Object.values(legs).flat())];
        return fuseCode({ query, legs, candidates: keys.flatMap((key) => candidates[key] ?? []) }).map(
          ({ path }) => path,
        );
      };
      return {
        text: pathsOf(text),
        vectors: pathsOf(nearest),
        symbols: pathsOf(symbols),
        names: pathsOf(names),
        'without vectors': fuse({ text, symbols, names, vectors: [] }),
        hybrid: fuse({ text, symbols, names, vectors: nearest }),
      };
    },
    close: () => db.close(),
  };
}

function nearestOf(query: Float32Array, vectors: readonly Float32Array[]): number[] {
  return vectors
    .map((vector, key) => ({
      key,
      similarity: vector.reduce((sum, value, index) => sum + value * (query[index] ?? 0), 0),
    }))
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, POOL)
    .map(({ key }) => key);
}
