import { fileURLToPath } from 'node:url';

/** One of our processes. */
export interface Service {
  readonly name: string;
  /** Bound of its heap in MB: far above what it needs, so that a leak ends one process and not the machine. */
  readonly heapMb: number;
  /** Work that can wait gives way to requests. */
  readonly nice: number;
  /** Services of a lower number stop first, so that nothing loses a part that it still needs. */
  readonly stopOrder: number;
}

/** The services of one machine. */
export const services: readonly Service[] = [
  { name: 'gateway', heapMb: 1024, nice: 0, stopOrder: 1 },
  { name: 'query', heapMb: 1024, nice: 0, stopOrder: 2 },
  { name: 'command-handler', heapMb: 1024, nice: 0, stopOrder: 2 },
  { name: 'memory-projector', heapMb: 1024, nice: 0, stopOrder: 3 },
  { name: 'vector-projector', heapMb: 1024, nice: 5, stopOrder: 3 },
  { name: 'embedder', heapMb: 512, nice: 5, stopOrder: 4 },
];

export const CHROMA_NICE = 5;
export const CHROMA_STOP_ORDER = 5;
export const NATS_STOP_ORDER = 6;

/** Compiled entry of a service. */
export function scriptOf(service: string): string {
  return fileURLToPath(new URL(`../../${service}/dist/main.js`, import.meta.url));
}
