import type { Report } from './report.js';

/** One way to have a part. */
export interface Candidate<T> {
  /** As a person calls it, e.g. "official release 2.15.2". */
  readonly name: string;
  readonly find: () => Promise<Attempt<T>>;
}

/** What became of a candidate; an exception counts as `unavailable` with its message. */
export type Attempt<T> =
  | { readonly found: T; readonly detail: string }
  | { readonly unavailable: string }
  /** Does not apply here, e.g. a variable that is not set: not worth a word. */
  | { readonly skip: true };

export const skip = { skip: true } as const;

/** A part that cannot be had, with what was tried and what to do about it. */
export class PartUnavailableError extends Error {
  readonly part: string;
  readonly tried: readonly string[];
  readonly remedy: string;
  constructor(part: string, tried: readonly string[], remedy: string) {
    super([`${part} cannot be had. Tried:`, ...tried.map((line) => `  - ${line}`), remedy].join('\n'));
    this.name = 'PartUnavailableError';
    this.part = part;
    this.tried = tried;
    this.remedy = remedy;
  }
}

/**
 * Takes the first candidate that can be had.
 * @throws PartUnavailableError with what was tried, when there is none
 */
export async function takeFirst<T>(
  part: string,
  candidates: readonly Candidate<T>[],
  remedy: string,
  report: Report,
): Promise<T> {
  const tried: string[] = [];
  for (const { name, find } of candidates) {
    const attempt = await find().catch((error: unknown) => ({
      unavailable: error instanceof Error ? error.message : String(error),
    }));
    if ('skip' in attempt) continue;
    if ('found' in attempt) {
      report(`${part}: ${name}, ${attempt.detail}`);
      return attempt.found;
    }
    tried.push(`${name}: ${attempt.unavailable}`);
    report(`${part}: ${name} is not to be had (${attempt.unavailable})`);
  }
  throw new PartUnavailableError(part, tried, remedy);
}
