import { live } from '@memlane/contracts';
import type { NatsConnection } from '@nats-io/nats-core';

/** Whether a request would be served now, part by part. */
export interface Readiness {
  /** Whether memories are served; code may be away, see `parts`. */
  readonly ready: boolean;
  readonly parts: Readonly<Record<string, 'ok' | 'unavailable'>>;
  readonly reasons: readonly string[];
}

const WAIT_MS = 1_000;
const KEEP_MS = 500;
/** Without them no request on memories is served. */
const neededServices = ['command-handler', 'query'] as const;
/** Named, but no reason to send requests elsewhere: memories are served without them. */
const codeServices = ['code-query', 'code-projector', 'repo-worker'] as const;

/**
 * Asks the parts that a request needs. Anyone may ask for readiness without a key, so an answer is kept for half a
 * second and asked for once at a time.
 */
export function watchReadiness(nc: NatsConnection): () => Promise<Readiness> {
  let latest: { at: number; answer: Promise<Readiness> } | undefined;
  return () => {
    const now = performance.now();
    if (!latest || now - latest.at > KEEP_MS) latest = { at: now, answer: checkParts(nc) };
    return latest.answer;
  };
}

async function checkParts(nc: NatsConnection): Promise<Readiness> {
  const checks: [string, Promise<unknown>][] = [
    ['nats', within(nc.flush())],
    ...[...neededServices, ...codeServices].map((service): [string, Promise<unknown>] => [
      service,
      within(nc.request(live.admin(service, 'status'), undefined, { timeout: WAIT_MS })),
    ]),
  ];
  const states = await Promise.all(
    checks.map(async ([name, check]) => [name, await check.then(...toState)] as [string, 'ok' | 'unavailable']),
  );
  const away = states.flatMap(([name, state]) => (state === 'ok' ? [] : [name]));
  const reasons = away.map((name) => `${name} does not answer`);
  const isReady = away.every((name) => codeServices.some((service) => service === name));
  return { ready: isReady, parts: Object.fromEntries(states), reasons };
}

const toState = [() => 'ok' as const, () => 'unavailable' as const] as const;

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), WAIT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
