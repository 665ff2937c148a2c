import type { Node } from 'web-tree-sitter';
import type { BreakLevels } from './cut-chunks.js';
import { textOfLines, type LineIndex } from './line-index.js';

/** Parts nested deeper than this are not told apart. */
const DEEPEST = 100;
/** What stands before a definition and belongs to it. */
const LEADING = /comment|haddock|attribute_item|annotation|decorator/u;

/**
 * Levels of a parsed file: a line has the depth of the outermost part that begins it. A comment belongs to what follows
 * it, so the border is before the comment.
 *
 * @param maxChars parts up to this length are not looked into
 */
export function syntaxBreaks(root: Node, lines: LineIndex, maxChars: number): BreakLevels {
  const levels = new Map<number, number>();
  walk(root, 0);
  return levels;

  function walk(parent: Node, depth: number): void {
    let leadingUntil = -1;
    for (const node of parent.namedChildren) {
      const { row } = node.startPosition;
      const begins = beginsLine(node, lines);
      if (begins && row > leadingUntil && !levels.has(row)) levels.set(row, depth);
      if (begins && LEADING.test(node.type)) leadingUntil = Math.max(leadingUntil, endRow(node) + 1);
      if (depth < DEEPEST && node.endIndex - node.startIndex > maxChars) walk(node, depth + 1);
    }
  }
}

/** Whether nothing stands before a node on its line. */
export function beginsLine({ startPosition: { row, column } }: Node, lines: LineIndex): boolean {
  return (
    textOfLines(lines, row, row + 1)
      .slice(0, column)
      .trim() === ''
  );
}

/** The last row that a node has text on: some comments end with their line end. */
export function endRow(node: Node): number {
  const { row, column } = node.endPosition;
  return column === 0 ? Math.max(row - 1, node.startPosition.row) : row;
}
