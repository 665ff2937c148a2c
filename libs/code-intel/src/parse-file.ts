import { limit } from '@memlane/contracts';
import { Parser } from 'web-tree-sitter';
import { cutChunks, type BreakLevels } from './cut-chunks.js';
import { openDeadline } from './deadline.js';
import { extractSymbols } from './extract-symbols.js';
import { openGrammars, type Grammar } from './grammars.js';
import { languageOf } from './languages.js';
import { indexLines, textOfLines, type LineIndex } from './line-index.js';
import { readMatches } from './read-matches.js';
import { syntaxBreaks } from './syntax-breaks.js';
import { textBreaks } from './text-breaks.js';
import type { AsTextReason, Chunk, CodeSymbol, ParsedFile, SourceFile } from './types.js';

/** Parses files in this thread. */
export interface FileParser {
  /** A function of the file alone, but for the time it may take. Never rejects because of the file. */
  parse(file: SourceFile): Promise<ParsedFile>;
  close(): void;
}

export interface FileParserOptions {
  /** Milliseconds of processor time one file may take; `code_parse_ms` when absent. */
  readonly timeoutMs?: number;
}

type Attempt = { readonly ok: true; readonly file: ParsedFile } | { readonly ok: false; readonly reason: AsTextReason };

/** Starts a parser in this thread. A grammar is loaded when the first file of its language comes. */
export async function openFileParser({
  timeoutMs = limit('code_parse_ms'),
}: FileParserOptions = {}): Promise<FileParser> {
  const grammars = await openGrammars();
  const parser = new Parser();
  return {
    async parse(file) {
      const language = languageOf(file.path, file.text.split('\n', 1)[0]);
      const grammar = await grammars.find(language);
      if (!grammar) return parseAsText(file, language);
      if (file.text.length > limit('code_parse_bytes')) return parseAsText(file, language, 'too-large');
      const attempt = attemptParse(parser, grammar, file, language, timeoutMs);
      return attempt.ok ? attempt.file : parseAsText(file, language, attempt.reason);
    },
    close: () => {
      parser.delete();
    },
  };
}

/** The chunks of a file without looking at its syntax. */
export function parseAsText({ path, text }: SourceFile, language: string, asText?: AsTextReason): ParsedFile {
  const lines = indexLines(text);
  const chunks = makeChunks(path, lines, textBreaks(lines), []);
  return { language, chunks, symbols: [], references: [], ...(asText === undefined ? {} : { asText }) };
}

function attemptParse(
  parser: Parser,
  grammar: Grammar,
  file: SourceFile,
  language: string,
  timeoutMs: number,
): Attempt {
  const isLate = openDeadline(timeoutMs);
  parser.setLanguage(grammar.language);
  const tree = parser.parse(file.text, null, { progressCallback: isLate });
  if (!tree) {
    parser.reset();
    return { ok: false, reason: isLate() ? 'timed-out' : 'failed' };
  }
  try {
    const lines = indexLines(file.text);
    const matches = grammar.query.matches(tree.rootNode, { progressCallback: isLate });
    if (isLate()) return { ok: false, reason: 'timed-out' };
    const { symbols, references } = extractSymbols(readMatches(matches), grammar.rules, lines);
    const levels = syntaxBreaks(tree.rootNode, lines, limit('code_chunk_chars'));
    return { ok: true, file: { language, symbols, references, chunks: makeChunks(file.path, lines, levels, symbols) } };
  } finally {
    // The runtime has one memory for all trees and does not collect them.
    tree.delete();
  }
}

function makeChunks(path: string, lines: LineIndex, levels: BreakLevels, symbols: readonly CodeSymbol[]): Chunk[] {
  const ranges = cutChunks(lines, levels, limit('code_chunk_chars'));
  let next = 0;
  const open: number[] = [];
  return ranges.map(({ from, to }) => {
    const defines: number[] = [];
    for (let symbol = symbols[next]; symbol && symbol.startLine <= to; symbol = symbols[next]) {
      defines.push(next);
      open.push(next);
      next += 1;
    }
    const around = open.filter((index) => contains(symbols[index], from, to, lines));
    for (let last = open.at(-1); last !== undefined && (symbols[last]?.endLine ?? 0) <= to; last = open.at(-1))
      open.pop();
    const symbol = around.at(-1);
    return {
      startLine: from + 1,
      endLine: to,
      text: textOfLines(lines, from, to),
      breadcrumb: [path, ...around.flatMap((index) => symbols[index]?.name ?? [])],
      defines,
      ...(symbol === undefined ? {} : { symbol }),
    };
  });
}

const LEADING_LINE = /^\s*(?:\/\/|\/?\*|#|--|;|@|\{-|%|$)/u;
const CLOSING_LINE = /^\s*(?:[\])}>;,]*|end)\s*$/u;

/** Whether a definition contains lines, but for the comment before it and what closes others after it. */
function contains(symbol: CodeSymbol | undefined, from: number, to: number, lines: LineIndex): boolean {
  if (!symbol) return false;
  for (let line = from; line < Math.min(to, symbol.startLine - 1); line += 1)
    if (!LEADING_LINE.test(startOf(line, lines))) return false;
  for (let line = Math.max(from, symbol.endLine); line < to; line += 1)
    if (!CLOSING_LINE.test(startOf(line, lines))) return false;
  return true;
}

function startOf(line: number, lines: LineIndex): string {
  return textOfLines(lines, line, line + 1).slice(0, 200);
}
