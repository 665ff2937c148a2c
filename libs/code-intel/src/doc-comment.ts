import { limit } from '@memlane/contracts';
import type { Node } from 'web-tree-sitter';
import { textOfLines, type LineIndex } from './line-index.js';
import { beginsLine, endRow } from './syntax-breaks.js';

const MARKS = /^\s*(?:\/\*+!?|\*+\/|\*(?!\/)|\/\/+!?|#+'?|--+\s*\|?|;+|\{-\|?|%+|@(?:module|type)?doc\b)?\s?/u;
const CLOSE = /\s*(?:\*+\/|-\})\s*$/u;
const QUOTES = /^\s*[a-z]{0,2}(?:"""|'''|"|')|(?:"""|'''|"|')\s*$/giu;
/** Lines between a comment and its definition that belong to the definition: annotations. */
const ANNOTATION = /^\s*(?:@\w|#\[|\[[A-Z])/u;
/** Further lines are not looked at. */
const ANNOTATION_LINES = 10;
const DOC_LINES = 60;

/** Rows, counted from 0, that are wholly comment. */
export type CommentRows = ReadonlySet<number>;

/** The rows that comments take up from the line's start: one behind code on its line documents nothing below. */
export function commentRows(comments: readonly Node[], lines: LineIndex): CommentRows {
  const rows = new Set<number>();
  for (const comment of comments) {
    if (!beginsLine(comment, lines)) continue;
    for (let at = comment.startPosition.row; at <= endRow(comment); at += 1) rows.add(at);
  }
  return rows;
}

/** The comment directly above a definition, without its marks. */
export function docAbove(row: number, lines: LineIndex, comments: CommentRows): string | undefined {
  let last = row - 1;
  for (let skipped = 0; skipped < ANNOTATION_LINES && !comments.has(last); skipped += 1) {
    if (last < 0 || !ANNOTATION.test(textOfLines(lines, last, last + 1).slice(0, 200))) return undefined;
    last -= 1;
  }
  let first = last;
  while (comments.has(first - 1) && last - first < DOC_LINES) first -= 1;
  return comments.has(last) ? cleanDoc(textOfLines(lines, first, last + 1)) : undefined;
}

/** A comment or docstring without its marks and indentation, at most `code_doc_chars`. */
export function cleanDoc(comment: string): string | undefined {
  const text = comment
    .slice(0, 4 * limit('code_doc_chars'))
    .split('\n')
    .map((line) => line.slice(0, limit('code_doc_chars')).replace(CLOSE, '').replace(MARKS, '').trimEnd())
    .join('\n')
    .replaceAll(/<\/?(?:summary|remarks|para)>/gu, '')
    .trim()
    .replace(QUOTES, '')
    .trim()
    .slice(0, limit('code_doc_chars'))
    .toWellFormed();
  return text === '' ? undefined : text;
}
