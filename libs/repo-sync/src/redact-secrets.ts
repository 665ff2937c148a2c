import { lintSource } from '@secretlint/core';
import { secretLintProfiler } from '@secretlint/profiler';
import { creator as presetRecommend } from '@secretlint/secretlint-rule-preset-recommend';
import { findPrivateKeys } from './private-keys.js';
import { looksSecret, secretPatterns } from './secret-patterns.js';

/** A text without its secrets. */
export interface Redacted {
  readonly text: string;
  /** Secrets that were replaced. */
  readonly count: number;
}

export const REDACTED = '[redacted]';

type Range = readonly [from: number, to: number];

// It keeps each mark for ever and looks through all of them at each further one: 3,000 files took minutes. There is no
// setting that turns it off.
secretLintProfiler.mark = () => undefined;

const config = {
  rules: [
    {
      id: '@secretlint/secretlint-rule-preset-recommend',
      rule: presetRecommend,
      // A comment in a file must not keep what is in it.
      rules: [{ id: '@secretlint/secretlint-rule-filter-comments', disabled: true }],
    },
  ],
};

/** Its place is that of the name before the key, so it would cut the key in two; a pattern of ours finds the same. */
const MISPLACED = 'AWSSecretAccessKey';

/** Replaces secrets by a mark. Lines stay where they are, so that references to them hold. */
export async function redactSecrets(path: string, text: string): Promise<Redacted> {
  const ranges = mergeRanges([
    ...(await findByPreset(path, text)),
    ...findByPatterns(path, text),
    ...findPrivateKeys(text),
  ]);
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
  return messages.filter(({ messageId }) => messageId !== MISPLACED).map(({ range: [from, to] }) => [from, to]);
}

function findByPatterns(path: string, text: string): Range[] {
  return secretPatterns
    .filter(({ paths }) => paths?.test(path) !== false)
    .flatMap(({ pattern, weak }) =>
      [...text.matchAll(pattern)].flatMap(({ indices }): Range[] => {
        const range = indices?.[1] ?? indices?.[0];
        return range && (!weak || looksSecret(text.slice(...range))) ? [range] : [];
      }),
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
