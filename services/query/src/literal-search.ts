import { setImmediate } from 'node:timers/promises';
import { limit, type LegState } from '@memlane/contracts';
import { scanLiteral, type PageKey, type ReadScope } from '@memlane/read-model';
import type { Db } from '@memlane/projection';
import { comparePlaces, keyAfter, type Place } from './newest-first.js';

/** Memories that one slice of a literal search looks at, between two of which other queries have their turn. */
const SLICE = 200;

export interface LiteralHit {
  readonly id: string;
  readonly place: Place;
}

export interface LiteralPage {
  /** Newest first. */
  readonly hits: readonly LiteralHit[];
  /** `overloaded`: time was up before the page was full. */
  readonly state: Extract<LegState, 'ok' | 'overloaded'>;
  /** Where the next page begins; `undefined` after the last. */
  readonly next: Place | undefined;
}

interface LiteralScope {
  readonly scope: ReadScope;
  /** Asked before each slice: a rebuild may have replaced it. */
  readonly db: () => Db;
}

/** Looks for a literal text in the memories of several scopes, newest first, until a page is full or time is up. */
export async function searchLiterally(
  scopes: readonly LiteralScope[],
  { literal, after, rows }: { literal: string; after: Place | undefined; rows: number },
): Promise<LiteralPage> {
  const deadline = performance.now() + limit('literal_search_ms');
  const scans = scopes.map((scope, source) => ({ ...scope, source, from: keyAfter(after, source), isOver: false }));
  const found: LiteralHit[] = [];
  let state: LiteralPage['state'] = 'ok';
  for (;;) {
    // The scan that has come the least far: what the others found beyond its place may come after what it will find.
    const scan = scans.filter(({ isOver }) => !isOver).toSorted(compareScans)[0];
    const settled = found.filter(({ place }) => !scan || isBefore(place, scan));
    if (!scan || settled.length > rows) return pageOf(settled, rows, state, undefined);
    if (scan.from && performance.now() > deadline) {
      state = 'overloaded';
      return pageOf(settled, rows, state, { ...scan.from, source: scan.source });
    }
    const slice = scanLiteral(scan.db(), scan.scope, { literal, from: scan.from, rows: SLICE });
    found.push(...slice.hits.map(({ id, key }) => ({ id, place: { ...key, source: scan.source } })));
    scan.from = slice.next;
    scan.isOver = slice.next === undefined;
    await setImmediate();
  }
}

interface Scan {
  readonly source: number;
  /** `undefined`: from the newest on. */
  readonly from: PageKey | undefined;
}

function compareScans(a: Scan, b: Scan): number {
  if (!a.from || !b.from) return Number(a.from !== undefined) - Number(b.from !== undefined) || a.source - b.source;
  return comparePlaces({ ...a.from, source: a.source }, { ...b.from, source: b.source });
}

/** Whether a place comes before everything that a scan can still find. */
function isBefore(place: Place, { from, source }: Scan): boolean {
  return from !== undefined && comparePlaces(place, { ...from, source }) <= 0;
}

function pageOf(
  settled: readonly LiteralHit[],
  rows: number,
  state: LiteralPage['state'],
  stoppedAt: Place | undefined,
): LiteralPage {
  const sorted = settled.toSorted((a, b) => comparePlaces(a.place, b.place));
  const hits = sorted.slice(0, rows);
  return { hits, state, next: sorted.length > rows ? hits.at(-1)?.place : stoppedAt };
}
