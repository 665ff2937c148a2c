import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { formatBytes, reportWhile, type Report } from './report.js';

/** A host that cannot be reached must not hold the set-up up: the next candidate is waiting. */
const ANSWER_TIMEOUT_MS = 5_000;
const STALL_TIMEOUT_MS = 20_000;

async function request(url: string, abort: AbortController): Promise<Response> {
  const timer = setTimeout(() => {
    abort.abort(new Error(`no answer within ${ANSWER_TIMEOUT_MS / 1_000} s`));
  }, ANSWER_TIMEOUT_MS);
  try {
    const response = await fetch(url, { signal: abort.signal, redirect: 'follow' });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return response;
  } catch (error) {
    throw new Error(`${new URL(url).host} cannot be used: ${reasonOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return error.message;
}

/** Fetches a small text, such as a list of checksums. */
export async function downloadText(url: string): Promise<string> {
  const response = await request(url, new AbortController());
  return response.text();
}

/** Fetches a file to `path`, reporting progress. @throws when the host does not answer soon or the transfer stalls */
export async function downloadFile(url: string, path: string, report: Report): Promise<void> {
  const abort = new AbortController();
  const response = await request(url, abort);
  if (!response.body) throw new Error(`${new URL(url).host} cannot be used: empty answer`);
  const total = Number(response.headers.get('content-length') ?? 0);
  let received = 0;
  const stalled = () => {
    abort.abort(new Error(`the transfer stalled for ${STALL_TIMEOUT_MS / 1_000} s`));
  };
  let timer = setTimeout(stalled, STALL_TIMEOUT_MS);
  const count = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      received += chunk.length;
      clearTimeout(timer);
      timer = setTimeout(stalled, STALL_TIMEOUT_MS);
      next(null, chunk);
    },
  });
  const body = Readable.fromWeb(response.body);
  try {
    await reportWhile(
      report,
      `downloading ${url}`,
      () => pipeline(body, count, createWriteStream(path), { signal: abort.signal }),
      () => `${formatBytes(received)}${total ? ` of ${formatBytes(total)}` : ''}`,
    );
  } finally {
    clearTimeout(timer);
  }
}
