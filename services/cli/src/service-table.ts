import { fileURLToPath } from 'node:url';
import type { Env, NatsUserName } from '@memlane/contracts';
import { LONG_WORK_NICE } from '@memlane/supervision';

/** One of our processes. */
export interface Service {
  /** Also its user of NATS: what it may do there is in `natsUsers`. */
  readonly name: NatsUserName;
  /** Bound of its heap in MB: far above what it needs, so that a leak ends one process and not the machine. */
  readonly heapMb: number;
  /** Work that can wait gives way to requests. */
  readonly nice: number;
  /** Services of a lower number stop first, so that nothing loses a part that it still needs. */
  readonly stopOrder: number;
  /** Compiled entry, when it is not `<name>/dist/main.js`. */
  readonly script?: string;
  /** What goes on without it when it does not come up; nothing is served without the others. */
  readonly without?: string;
  /** Says how many of them run; default: one. */
  readonly instances?: (env: Env) => number;
}

const WITHOUT_CODE = 'memories are served, code is not';
const WITHOUT_VECTORS = 'search goes on without vectors';

/** The services of one machine. */
export const services: readonly Service[] = [
  { name: 'gateway', heapMb: 1024, nice: 0, stopOrder: 1, instances: (env) => env.MEMLANE_GATEWAYS },
  { name: 'query', heapMb: 1024, nice: 0, stopOrder: 2, instances: (env) => env.MEMLANE_QUERIES },
  { name: 'command-handler', heapMb: 1024, nice: 0, stopOrder: 2, instances: (env) => env.MEMLANE_COMMAND_HANDLERS },
  { name: 'memory-projector', heapMb: 1024, nice: 0, stopOrder: 3 },
  // Syncing gives way to all but bulk vectors: what it delays is the end of a sync.
  { name: 'repo-worker', heapMb: 1024, nice: LONG_WORK_NICE, stopOrder: 1, without: WITHOUT_CODE },
  { name: 'code-projector', heapMb: 1024, nice: LONG_WORK_NICE, stopOrder: 3, without: WITHOUT_CODE },
  {
    name: 'code-query',
    heapMb: 1024,
    nice: 2,
    stopOrder: 2,
    without: WITHOUT_CODE,
    script: 'query/dist/code-main.js',
  },
  { name: 'vector-projector', heapMb: 1024, nice: 5, stopOrder: 3, without: WITHOUT_VECTORS },
  { name: 'embedder', heapMb: 512, nice: 0, stopOrder: 4, without: WITHOUT_VECTORS },
];

export const CHROMA_NICE = 5;
export const CHROMA_STOP_ORDER = 5;
export const NATS_STOP_ORDER = 6;

/** Names of a service's processes: the first is called after the service, the others are counted. */
export function instanceNames({ name, instances }: Service, env: Env): string[] {
  return Array.from({ length: instances?.(env) ?? 1 }, (_, index) => (index === 0 ? name : `${name}-${index + 1}`));
}

/** The service that a process belongs to, by its name. */
export function serviceOf(instance: string): string {
  return instance.replace(/-\d+$/, '');
}

/** Compiled entry of a service. */
export function scriptOf({ name, script = `${name}/dist/main.js` }: Pick<Service, 'name' | 'script'>): string {
  return fileURLToPath(new URL(`../../${script}`, import.meta.url));
}
