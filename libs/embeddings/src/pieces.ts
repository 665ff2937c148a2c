/** Longer runs without a space (a hash, a URL, Chinese text) are cut, so that one of them cannot fill a window. */
const LONGEST_WORD = 64;

/** Sizes in tokens, and the most pieces one text is cut into; what is beyond them gets no vector. */
export interface PieceBounds {
  readonly window: number;
  readonly overlap: number;
  readonly maxPieces: number;
}

/**
 * Cuts a text into overlapping windows at word borders, each of at most `window` tokens, as counted word by word.
 * A text that fits is one piece, unchanged.
 */
export function splitIntoWindows(text: string, count: (word: string) => number, bounds: PieceBounds): string[] {
  const words = wordsOf(text);
  const counts = countEach(words, count);
  const pieces: string[] = [];
  let start = 0;
  while (start < words.length && pieces.length < bounds.maxPieces) {
    const end = endOfWindow(counts, start, bounds.window);
    pieces.push(words.slice(start, end).join('').trimEnd());
    if (end >= words.length) break;
    start = startOfNext(counts, start, end, bounds.overlap);
  }
  return pieces.length > 1 ? pieces : [text];
}

/** Words with the space that follows them, so that joining them gives the text back. */
function wordsOf(text: string): string[] {
  return (text.match(/\S+\s*|^\s+/gu) ?? []).flatMap(cutLongWord);
}

function cutLongWord(word: string): string[] {
  if (word.length <= LONGEST_WORD) return [word];
  const parts: string[] = [];
  let part = '';
  for (const character of word) {
    if (part.length + character.length > LONGEST_WORD) {
      parts.push(part);
      part = '';
    }
    part += character;
  }
  parts.push(part);
  return parts;
}

function countEach(words: readonly string[], count: (word: string) => number): number[] {
  const known = new Map<string, number>();
  return words.map((word) => {
    const bare = word.trim();
    const tokens = known.get(bare) ?? count(bare);
    known.set(bare, tokens);
    return tokens;
  });
}

/** At least one word, even when it alone is too long: the model truncates it. */
function endOfWindow(counts: readonly number[], start: number, window: number): number {
  let tokens = counts[start] ?? 0;
  let end = start + 1;
  while (end < counts.length && tokens + (counts[end] ?? 0) <= window) {
    tokens += counts[end] ?? 0;
    end += 1;
  }
  return end;
}

function startOfNext(counts: readonly number[], start: number, end: number, overlap: number): number {
  let tokens = 0;
  let next = end;
  while (next - 1 > start && tokens + (counts[next - 1] ?? 0) <= overlap) {
    next -= 1;
    tokens += counts[next] ?? 0;
  }
  return next;
}
