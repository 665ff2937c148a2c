import { lintSource } from '@secretlint/core';
import { secretLintProfiler } from '@secretlint/profiler';
import { creator as presetRecommend } from '@secretlint/secretlint-rule-preset-recommend';

/** A text without its secrets. */
export interface Redacted {
  readonly text: string;
  /** Secrets that were replaced. */
  readonly count: number;
}

export const REDACTED = '[redacted]';

type Range = readonly [from: number, to: number];

/** What the preset does not find: keys without their end, and keys of AWS. */
const patterns: readonly RegExp[] = [
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]{0,20000}(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /(?<=aws_?secret_?access_?key["']?\s{0,4}[:=]\s{0,4}["']?)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])/gi,
];

// It keeps each mark for ever and looks through all of them at each further one: 3,000 files took minutes. There is no
// setting that turns it off.
secretLintProfiler.mark = () => undefined;

const config = { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: presetRecommend }] };

/** Replaces secrets by a mark. Lines stay where they are, so that references to them hold. */
export async function redactSecrets(path: string, text: string): Promise<Redacted> {
  const ranges = mergeRanges([...(await findByPreset(path, text)), ...findByPatterns(text)]);
  if (ranges.length === 0) return { text, count: 0 };
  let redacted = '';
  let at = 0;
  for (const [from, to] of ranges) {
    const breaks = text.slice(from, to).replace(/[^\n]/g, '');
    redacted += text.slice(at, from) + REDACTED + breaks;
    at = to;
  }
  return { text: redacted + text.slice(at), count: ranges.length };
}

async function findByPreset(path: string, content: string): Promise<Range[]> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const ext = name.includes('.') ? name.slice(name.lastIndexOf('.')) : '';
  const { messages } = await lintSource({
    source: { filePath: path, content, ext, contentType: 'text' },
    options: { config, noPhysicFilePath: true },
  });
  return messages.map(({ range }) => [range[0], range[1]]);
}

function findByPatterns(text: string): Range[] {
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match): Range => [match.index, match.index + match[0].length]),
  );
}

function mergeRanges(ranges: readonly Range[]): Range[] {
  const merged: [number, number][] = [];
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}
