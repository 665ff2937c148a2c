/** Where the lines of a text begin. Only `\n` ends a line, as in the parser. */
export interface LineIndex {
  readonly text: string;
  /** Offset of each line's first character, then the text's length. */
  readonly offsets: readonly number[];
  /** A text end after the last `\n` is no line. */
  readonly count: number;
}

export function indexLines(text: string): LineIndex {
  const offsets: number[] = [];
  for (let start = 0; start < text.length;) {
    offsets.push(start);
    const end = text.indexOf('\n', start);
    start = end === -1 ? text.length : end + 1;
  }
  const count = offsets.length;
  offsets.push(text.length);
  return { text, offsets, count };
}

/** Characters of the lines `from` up to, not including, `to`; both count from 0. */
export function sizeOfLines({ offsets }: LineIndex, from: number, to: number): number {
  return (offsets[to] ?? 0) - (offsets[from] ?? 0);
}

/** Text of the lines `from` up to, not including, `to`, with their line ends. */
export function textOfLines({ text, offsets }: LineIndex, from: number, to: number): string {
  return text.slice(offsets[from], offsets[to]);
}
