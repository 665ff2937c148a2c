import { eventTypes, type Commit, type DomainEvent, type EventType, type StoredCommit } from '@memlane/contracts';

/** Turns the data of one version into that of the next; pure. */
export type Upcaster = (data: unknown) => unknown;

/** `upcasters['memory-stored'][1]` makes version 2 of version 1. Every version ever stored keeps its golden file. */
export type UpcasterTable = Readonly<Record<string, Readonly<Record<number, Upcaster>>>>;

const upcasters: UpcasterTable = {};

/** The data of an event is of a type or version that this build does not know. */
export class UnknownEventError extends Error {
  constructor(type: string, version: number) {
    super(`event ${type}@v${version} is not known to this version of Memlane`);
    this.name = 'UnknownEventError';
  }
}

interface StoredEvent {
  readonly id: string;
  readonly type: string;
  readonly v: number;
  readonly data: unknown;
}

/**
 * Lifts a stored event to the newest version of its type.
 *
 * @throws UnknownEventError for a type that is not known, a newer version, or a gap in the upcasters
 */
export function upcastEvent(
  event: StoredEvent,
  table: UpcasterTable = upcasters,
  newest: (type: string) => number | undefined = newestVersion,
): DomainEvent & { readonly id: string } {
  const target = newest(event.type);
  if (target === undefined || event.v > target) throw new UnknownEventError(event.type, event.v);
  let data = event.data;
  for (let version = event.v; version < target; version += 1) {
    const upcaster = table[event.type]?.[version];
    if (!upcaster) throw new UnknownEventError(event.type, version);
    data = upcaster(data);
  }
  // The log is ours and was checked when it was written: its data is of the schema's shape after the last upcaster.
  return { id: event.id, type: event.type, data } as DomainEvent & { readonly id: string };
}

function newestVersion(type: string): number | undefined {
  return Object.hasOwn(eventTypes, type) ? eventTypes[type as EventType].version : undefined;
}

/** A stored commit with all its events at their newest version. @throws UnknownEventError */
export function upcastCommit(stored: StoredCommit): Commit {
  return { ...stored, events: stored.events.map((event) => upcastEvent(event)) };
}
