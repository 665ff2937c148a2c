import { vi } from 'vitest';

/** Within a test's own bound: how busy the machine is must not decide whether a condition was ever met. */
const PATIENCE_MS = 20_000;

type Options = number | { readonly timeout?: number; readonly interval?: number } | undefined;

function patient(options: Options) {
  return { timeout: PATIENCE_MS, ...(typeof options === 'number' ? { timeout: options } : options) };
}

const { waitFor, waitUntil } = vi;
vi.waitFor = (callback, options) => waitFor(callback, patient(options));
vi.waitUntil = (callback, options) => waitUntil(callback, patient(options));
