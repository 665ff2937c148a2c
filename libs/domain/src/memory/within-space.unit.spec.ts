import { limit, type CommandPayload, type CommandType, type SharingEvent, type SpaceEntry } from '@memlane/contracts';
import { describe, expect, test } from 'vitest';
import { decide } from '../decide.js';
import type { Decision } from '../decision.js';
import { factsWith } from '../facts.fixture.js';
import { shared, sharesAfter, unshared } from '../sharing/sharing.fixture.js';
import { factsAfter, stored, type Dated } from './memory.fixture.js';

const NOW = '2026-05-03T12:00:00.000Z';
const writable = [shared('garden', 'bob', 'write')];

/** Of ann's memories two are in the garden, and one of those is in the kitchen as well. */
const memories: readonly Dated[] = [
  stored('rose', 'roses need water', { tags: ['garden'] }),
  stored('herb', 'basil is for pasta', { tags: ['garden', 'kitchen'] }),
  stored('diary', 'dear diary', { tags: ['diary'] }),
];

/** Decides a command of Bob's on Ann's memories. */
function when<T extends CommandType>(
  shares: readonly SharingEvent[],
  type: T,
  payload: CommandPayload<T>,
  entry: Partial<SpaceEntry> = {},
): Decision<unknown> {
  let n = 0;
  const through = { tag: 'garden', caller: 'bob', grantee: 'bob', ...entry };
  const facts = factsWith({ owner: 'ann', memory: factsAfter(memories), sharing: sharesAfter(shares) });
  return decide(facts, { type, payload, through }, { now: NOW, newId: () => `new-${(n += 1)}` });
}

const noSuchSpace = {
  kind: 'rejected',
  error: { code: 'MEMLANE_ERR_NOT_FOUND', message: 'space: there is no such space', retryable: false, field: 'space' },
};

const commands = [
  ['store-memory', { content: 'tulips' }],
  ['store-memories', { items: [{ index: 0, memory: { content: 'tulips' } }] }],
  ['update-memory', { id: 'rose', content: 'roses need less water' }],
  ['delete-memories', { ids: ['rose'] }],
  ['delete-memories', { tags: ['garden'], dry_run: true }],
] as const;

describe('whoever may write', () => {
  test.each(commands)('has %s decided', (type, payload) => {
    expect(when(writable, type, payload as CommandPayload<typeof type>).kind).not.toBe('rejected');
  });

  test('is who a share that allows it names, or the owner', () => {
    const store = (shares: readonly SharingEvent[], entry: Partial<SpaceEntry>) =>
      when(shares, 'store-memory', { content: 'tulips' }, entry).kind;
    expect(store([], { caller: 'ann', grantee: 'ann' })).toBe('append');
    expect(store([shared('garden', 'team-ops', 'write')], { grantee: 'team-ops' })).toBe('append');
    expect(store([...writable, shared('garden', 'team-ops')], { grantee: 'team-ops' })).toBe('append');
  });
});

describe('whoever may not write', () => {
  test.each(commands)('is told of %s that there is no such space, whatever the reason', (type, payload) => {
    const command = payload as CommandPayload<typeof type>;
    for (const shares of [
      [],
      [...writable, unshared('garden', 'bob')],
      [shared('garden', 'eve', 'write')],
      [shared('kitchen', 'bob', 'write')],
    ])
      expect(when(shares, type, command)).toEqual(noSuchSpace);
    expect(when(writable, type, command, { tag: 'gardens' })).toEqual(noSuchSpace);
  });

  test.each(commands)('and may read is told so when %s is asked for', (type, payload) => {
    expect(when([shared('garden', 'bob')], type, payload as CommandPayload<typeof type>)).toMatchObject({
      kind: 'rejected',
      error: { code: 'MEMLANE_ERR_FORBIDDEN', field: 'space' },
    });
  });

  test('cannot share what is of somebody else', () => {
    expect(() => when(writable, 'share-space', { tag: 'diary', with: 'bob', access: 'read' })).toThrow();
  });
});

describe('a memory that is stored in a space', () => {
  test('has its tag, once', () => {
    for (const tags of [undefined, ['garden'], []])
      expect(when(writable, 'store-memory', { content: 'tulips', ...(tags && { tags }) })).toMatchObject({
        events: [{ type: 'memory-stored', data: { content: 'tulips', tags: ['garden'] } }],
      });
  });

  test('may have tags below that of the space and of other spaces that the writer may write in', () => {
    const shares = [...writable, shared('pond', 'bob', 'write')];
    expect(when(shares, 'store-memory', { content: 'frogs', tags: ['pond', 'garden/frogs'] })).toMatchObject({
      events: [{ data: { tags: ['garden', 'garden/frogs', 'pond'] } }],
    });
  });

  test.each([
    ['the owner uses', 'diary'],
    ['somebody else has', 'kitchen'],
    ['the writer may only read', 'shed'],
    ['nobody has', 'attic'],
    ['begins like the space', 'gardens'],
  ])('has no tag that %s, all refused with the same words', (_, tag) => {
    const shares = [...writable, shared('kitchen', 'eve', 'write'), shared('shed', 'bob')];
    expect(when(shares, 'store-memory', { content: 'tulips', tags: ['garden', tag] })).toEqual({
      kind: 'rejected',
      error: {
        code: 'MEMLANE_ERR_INVALID_INPUT',
        message: 'tags[1]: in a space of somebody else, only tags of spaces that you may write in, or below its own',
        retryable: false,
        field: 'tags[1]',
      },
    });
  });

  test('has no more tags than any other', () => {
    const tags = Array.from({ length: limit('tags_count') }, (_, n) => `garden/${n}`);
    const decision = when(writable, 'store-memory', { content: 'tulips', tags });
    expect(decision).toMatchObject({ kind: 'rejected', error: { field: 'tags', limit: limit('tags_count') } });
    expect(when(writable, 'store-memory', { content: 'tulips', tags: tags.slice(1) }).kind).toBe('append');
  });

  test('is one that is there when the space has the same content, and a new one when only the owner has it', () => {
    expect(when(writable, 'store-memory', { content: 'roses  need water' })).toEqual({
      kind: 'quiet',
      result: { id: 'rose', created: false, version: 1 },
    });
    expect(when(writable, 'store-memory', { content: 'dear diary' })).toMatchObject({
      kind: 'append',
      result: { id: 'new-1', created: true },
    });
  });

  test('is refused by itself among many', () => {
    const items = [
      { index: 0, memory: { content: 'tulips', tags: ['diary'] } },
      { index: 1, memory: { content: 'crocus' } },
      { index: 2, memory: { content: 'roses need water' } },
    ];
    expect(when(writable, 'store-memories', { items })).toMatchObject({
      kind: 'append',
      events: [{ data: { content: 'crocus', tags: ['garden'] } }],
      result: {
        results: [
          { index: 0, error: { field: 'tags[0]' } },
          { index: 1, created: true },
          { index: 2, id: 'rose', created: false },
        ],
      },
    });
  });
});

describe('an update in a space', () => {
  test('keeps the tag of the space, whatever tags are given', () => {
    expect(when(writable, 'update-memory', { id: 'rose', tags: [] })).toEqual({
      kind: 'quiet',
      result: { id: 'rose', version: 1 },
    });
    expect(when(writable, 'update-memory', { id: 'herb', tags: [] })).toMatchObject({
      events: [{ data: { id: 'herb', version: 2, changes: { tags: ['garden'] } } }],
    });
  });

  test('leaves tags that the memory has, and gives none that the writer may not give', () => {
    const shares = [...writable, shared('kitchen', 'eve')];
    expect(when(shares, 'update-memory', { id: 'herb', tags: ['kitchen', 'garden/herbs'] })).toMatchObject({
      events: [{ data: { changes: { tags: ['garden', 'garden/herbs', 'kitchen'] } } }],
    });
    expect(when(shares, 'update-memory', { id: 'rose', tags: ['kitchen'] })).toMatchObject({
      kind: 'rejected',
      error: { field: 'tags[0]' },
    });
  });

  test('finds no memory beside the space, with the words for one that is not there', () => {
    const beside = when(writable, 'update-memory', { id: 'diary', content: 'x', expected_version: 7 });
    expect(beside).toMatchObject({ kind: 'rejected', error: { code: 'MEMLANE_ERR_NOT_FOUND', field: 'id' } });
    expect(beside).toEqual(when(writable, 'update-memory', { id: 'none', content: 'x', expected_version: 7 }));
  });

  test('meets the content of other memories of the space only', () => {
    expect(when(writable, 'update-memory', { id: 'rose', content: 'dear diary' })).toMatchObject({ kind: 'append' });
    expect(when(writable, 'update-memory', { id: 'rose', content: 'basil is for pasta' })).toMatchObject({
      kind: 'rejected',
      error: { code: 'MEMLANE_ERR_DUPLICATE_CONTENT', details: { id: 'herb' } },
    });
  });

  test('by the owner gives any tag', () => {
    const own = { caller: 'ann', grantee: 'ann' };
    expect(when([], 'update-memory', { id: 'rose', tags: ['diary'] }, own)).toMatchObject({
      events: [{ data: { changes: { tags: ['diary', 'garden'] } } }],
    });
  });
});

describe('a deletion in a space', () => {
  test.each([
    ['ids', { ids: ['rose', 'diary', 'none'] }, ['rose']],
    ['a tag of the owner', { tags: ['diary'] }, []],
    ['any of some tags', { tags: ['diary', 'kitchen'] }, ['herb']],
    ['a time', { before: NOW }, ['rose', 'herb']],
  ])('by %s takes what is in the space', (_, payload, ids) => {
    expect(when(writable, 'delete-memories', payload)).toMatchObject({ result: { deleted: ids.length, ids } });
  });

  test('of everything needs a filter, as everywhere', () => {
    expect(when(writable, 'delete-memories', {})).toMatchObject({
      kind: 'rejected',
      error: { code: 'MEMLANE_ERR_EMPTY_FILTER' },
    });
  });
});
