import type { BreakLevels } from './cut-chunks.js';
import { textOfLines, type LineIndex } from './line-index.js';

const CLOSING = /^\s*(?:[\])}>]|<\/|end\b)/u;
/** Deeper indentation than this many characters tells nothing more. */
const DEEPEST = 100;
const TAB_WIDTH = 4;

/** Levels of a text without syntax: less indented lines before deeper ones, lines after an empty one before others. */
export function textBreaks(lines: LineIndex): BreakLevels {
  const levels = new Map<number, number>();
  let afterEmpty = true;
  for (let line = 0; line < lines.count; line += 1) {
    const start = textOfLines(lines, line, line + 1).slice(0, DEEPEST + 8);
    if (start.trim() === '') {
      afterEmpty = true;
      continue;
    }
    if (!CLOSING.test(start)) levels.set(line, 2 * indentOf(start) + (afterEmpty ? 0 : 1));
    afterEmpty = false;
  }
  return levels;
}

function indentOf(line: string): number {
  let width = 0;
  for (const char of line) {
    if (char === ' ') width += 1;
    else if (char === '\t') width += TAB_WIDTH;
    else break;
  }
  return Math.min(width, DEEPEST);
}
