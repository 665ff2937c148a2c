import { limit, parseCodeUri } from '@memlane/contracts';
import { describe, expect, it } from 'vitest';
import { linkHits, type NamedPlace } from './link-hits.js';

const BEFORE = '2026-03-01T00:00:00.000Z';
const AFTER = '2026-03-02T00:00:00.000Z';

function hit(path: string, startLine: number, endLine: number, repository = 'shop') {
  const lines = { start_line: startLine, end_line: endLine };
  return { repository, commit: 'c', path, ...lines, language: 'typescript', text: '', score: 1 };
}

function named(id: string, uri: string, place: NamedPlace['place'], updatedAt = BEFORE): NamedPlace {
  const location = parseCodeUri(uri);
  if (!location) throw new Error(uri);
  return { memory: { id, content: id, type: null, updated_at: updatedAt, cut: false }, uri, location, place };
}

const at = (path: string, lines?: readonly [number, number], changedAt = BEFORE) => ({
  path,
  changed_at: changedAt,
  ...(lines && { lines: { start_line: lines[0], end_line: lines[1] } }),
});

const statesOf = (one: NamedPlace, ...hits: ReturnType<typeof hit>[]) =>
  linkHits(hits, [one]).hits.map(({ memories }) => memories?.[0]?.state);

describe('linkHits', () => {
  const hits = [hit('src/a.ts', 1, 9), hit('src/a.ts', 10, 19), hit('lib/a.ts', 1, 9), hit('src/a.ts', 1, 9, 'other')];

  it('takes a file for every part of it', () => {
    const one = named('m', 'repo://shop/src/a.ts', at('src/a.ts', undefined, AFTER));
    expect(statesOf(one, ...hits)).toEqual(['current', 'current', undefined, undefined]);
  });

  it('takes lines for the parts that have them, as long as the file is unchanged', () => {
    const uri = 'repo://shop/src/a.ts#L9-L10';
    expect(statesOf(named('m', uri, at('src/a.ts')), ...hits)).toEqual(['current', 'current', undefined, undefined]);
    const oneLine = named('m', 'repo://shop/src/a.ts#L10', at('src/a.ts'));
    expect(statesOf(oneLine, ...hits)).toEqual([undefined, 'current', undefined, undefined]);
    const changed = named('m', uri, at('src/a.ts', undefined, AFTER));
    expect(statesOf(changed, ...hits)).toEqual(['stale', 'stale', undefined, undefined]);
    const told = named('m', uri, at('src/a.ts', undefined, BEFORE), AFTER);
    expect(statesOf(told, ...hits)).toEqual(['current', 'current', undefined, undefined]);
  });

  it('follows a symbol to its lines and to another file, and says when it is gone', () => {
    const uri = 'repo://shop/src/a.ts#Store.open';
    const here = named('m', uri, at('src/a.ts', [12, 14], AFTER));
    expect(statesOf(here, ...hits)).toEqual([undefined, 'current', undefined, undefined]);
    const moved = named('m', uri, at('lib/a.ts', [2, 4]));
    expect(statesOf(moved, ...hits)).toEqual([undefined, undefined, 'moved', undefined]);
    expect(statesOf(named('m', uri, at('src/a.ts')), ...hits)).toEqual(['stale', 'stale', undefined, undefined]);
    expect(statesOf(named('m', uri, null), ...hits)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('names a memory once at a hit, by what is surest', () => {
    const uri = 'repo://shop/src/a.ts';
    const three = [
      named('m', `${uri}#gone`, at('src/a.ts')),
      named('m', uri, at('src/a.ts')),
      named('n', uri, at('src/a.ts')),
    ];
    const linked = linkHits(hits, three);
    expect(linked.hits[0]?.memories).toEqual(['m', 'n'].map((id) => ({ id, uri, state: 'current' })));
    expect(linked.memories.map(({ id }) => id)).toEqual(['m', 'n']);
    expect(linked.leftOut).toBe(0);
  });

  it('shows the newest memories and counts the others', () => {
    const many = Array.from({ length: 30 }, (_, i) => named(`m${i}`, 'repo://shop/src/a.ts', at('src/a.ts')));
    const linked = linkHits(hits, many);
    const shown = limit('code_memories_per_hit');
    expect(linked.hits[0]?.memories?.map(({ id }) => id)).toEqual(many.slice(0, shown).map(({ memory }) => memory.id));
    expect(linked.memories).toHaveLength(shown);
    expect(linked.leftOut).toBe(30 - shown);
  });
});
