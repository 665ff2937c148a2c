/** Where set-up says what it does, one line at a time. */
export type Report = (line: string) => void;

const FIRST_WORD_MS = 1_000;
const NEXT_WORD_MS = 2_000;

/** Formats a size as a person reads it. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(0)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Runs `work` and reports every other second that it goes on, once it has taken longer than one. */
export async function reportWhile<T>(
  report: Report,
  label: string,
  work: () => Promise<T>,
  detail: () => string = () => '',
): Promise<T> {
  const start = performance.now();
  const say = () => {
    report(
      `  ${[`${label}: ${Math.round((performance.now() - start) / 1_000)} s`, detail()].filter(Boolean).join(', ')}`,
    );
    timer = setTimeout(say, NEXT_WORD_MS);
  };
  let timer = setTimeout(say, FIRST_WORD_MS);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}
