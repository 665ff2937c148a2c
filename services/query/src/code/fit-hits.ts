import type { CodeQueryAnswer } from '@memlane/contracts';
import { cutLines } from './cut-lines.js';

type Hit = CodeQueryAnswer<'search-code'>['hits'][number];

/** A hit with its context, and the part of it that was found. */
export interface ShownHit extends Hit {
  readonly bare: Pick<Hit, 'start_line' | 'end_line' | 'text'>;
}

/** Lines that say what a piece of code is. */
const SUMMARY_LINES = 3;

/**
 * Makes hits fit: all as they are, else without context, else the last ones cut to their first lines, else none of
 * those. The best are shown in full as long as that is possible.
 */
export function fitHits(
  shown: readonly ShownHit[],
  maxChars: number,
): { readonly hits: Hit[]; readonly leftOut: string | undefined } {
  const full = shown.map(({ bare: _, ...hit }) => hit);
  if (charsOf(full) <= maxChars) return { hits: full, leftOut: undefined };
  const plain = shown.map(({ bare, ...hit }) => ({ ...hit, ...bare }));
  const context = full.some((hit, i) => hit.text.length > (plain[i]?.text.length ?? 0));
  if (charsOf(plain) <= maxChars)
    return { hits: plain, leftOut: 'the lines around the hits: raise max_chars, or read_code' };
  const summaries = plain.map(summarize);
  // As many of the first in full as leave room for the summaries of the others.
  let inFull = 0;
  let chars = charsOf(summaries);
  for (const [i, hit] of plain.entries()) {
    const more = hit.text.length - (summaries[i]?.text.length ?? 0);
    if (chars + more > maxChars) break;
    chars += more;
    inFull = i + 1;
  }
  const hits: Hit[] = [];
  let room = maxChars;
  for (const [i, hit] of plain.entries()) {
    const fitting = i < inFull ? hit : (summaries[i] ?? hit);
    if (hits.length > 0 && fitting.text.length > room) break;
    hits.push(hits.length === 0 ? firstOf(fitting, maxChars) : fitting);
    room -= fitting.text.length;
  }
  const parts = [
    ...(context ? ['the lines around the hits'] : []),
    ...(inFull < hits.length ? [`all but the first lines of ${hits.length - inFull} hits`] : []),
    ...(hits.length < shown.length ? [`${shown.length - hits.length} hits`] : []),
  ];
  return { hits, leftOut: `${parts.join(', ')}: raise max_chars, lower limit, or read_code` };
}

function charsOf(hits: readonly Hit[]): number {
  return hits.reduce((sum, { text }) => sum + text.length, 0);
}

function summarize(hit: Hit): Hit {
  const lines = hit.text.split('\n').slice(0, SUMMARY_LINES);
  return { ...hit, end_line: hit.start_line + lines.length - 1, text: lines.join('\n') };
}

function firstOf(hit: Hit, maxChars: number): Hit {
  const { endLine, text } = cutLines({ startLine: hit.start_line, endLine: hit.end_line, text: hit.text }, maxChars);
  return { ...hit, end_line: endLine, text };
}
