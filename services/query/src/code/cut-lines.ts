/** Lines of a file. */
export interface Lines {
  readonly startLine: number;
  /** Included. */
  readonly endLine: number;
  readonly text: string;
}

/**
 * As many whole lines as fit, at least the first; one that is longer than all there is room for is cut itself.
 *
 * @returns `cut`: not everything did fit
 */
export function cutLines(lines: Lines, maxChars: number): Lines & { readonly cut: boolean } {
  const { startLine, endLine, text } = lines;
  if (text.length <= maxChars) return { ...lines, cut: false };
  const end = text.lastIndexOf('\n', maxChars);
  if (end < 0)
    return { startLine, endLine: startLine, text: wellFormed(text.slice(0, maxChars)), cut: endLine > startLine };
  const kept = text.slice(0, end);
  return { startLine, endLine: startLine + kept.split('\n').length - 1, text: kept, cut: true };
}

/** Without half of a surrogate pair at its end. */
function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.slice(0, -1);
}
