import { sizeOfLines, type LineIndex } from './line-index.js';

/** Lines `from` up to, not including, `to`; both count from 0. */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/**
 * How good a line is as the first of a chunk: 0 at the borders of the outermost parts of a file, more the deeper a part
 * lies. A line without a level stays with the line before it.
 */
export type BreakLevels = ReadonlyMap<number, number>;

/**
 * Cuts a file into runs of lines: along the outermost borders first, then, where a part is too long, along those inside
 * it. Short neighbours of one level are put together. Every line is in exactly one run, in order.
 *
 * @param maxChars what a run may measure; a single longer line is a run of its own
 */
export function cutChunks(lines: LineIndex, levels: BreakLevels, maxChars: number): LineRange[] {
  const chunks: LineRange[] = [];
  if (lines.count > 0) cut({ from: 0, to: lines.count }, lines, levels, maxChars, chunks);
  return chunks;
}

function cut(range: LineRange, lines: LineIndex, levels: BreakLevels, maxChars: number, chunks: LineRange[]): void {
  if (range.to - range.from === 1 || sizeOfLines(lines, range.from, range.to) <= maxChars) {
    chunks.push(range);
    return;
  }
  const pieces = piecesOf(range, levels);
  let pending: LineRange | undefined;
  for (const piece of pieces) {
    if (pending && sizeOfLines(lines, pending.from, piece.to) <= maxChars) {
      pending = { from: pending.from, to: piece.to };
      continue;
    }
    if (pending) cut(pending, lines, levels, maxChars, chunks);
    pending = piece;
  }
  if (pending) cut(pending, lines, levels, maxChars, chunks);
}

/** The range along its outermost inner borders; line by line when it has none. */
function piecesOf({ from, to }: LineRange, levels: BreakLevels): LineRange[] {
  let lowest = Number.POSITIVE_INFINITY;
  for (let line = from + 1; line < to; line += 1) lowest = Math.min(lowest, levels.get(line) ?? lowest);
  const pieces: LineRange[] = [];
  let start = from;
  for (let line = from + 1; line < to; line += 1) {
    if (Number.isFinite(lowest) && levels.get(line) !== lowest) continue;
    pieces.push({ from: start, to: line });
    start = line;
  }
  pieces.push({ from: start, to });
  return pieces;
}
