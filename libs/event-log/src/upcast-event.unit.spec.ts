import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventTypes, type EventType } from '@memlane/contracts';
import { expect, test } from 'vitest';
import { UnknownEventError, upcastEvent } from './upcast-event.js';

const golden = join(import.meta.dirname, '..', 'golden');

interface Golden {
  readonly stored: { readonly id: string; readonly type: EventType; readonly v: number; readonly data: unknown };
  readonly newest: unknown;
}

const files = readdirSync(golden);

test('every version of every event has a golden file', () => {
  const wanted = Object.entries(eventTypes).flatMap(([type, { version }]) =>
    Array.from({ length: version }, (_, n) => `${type}@v${n + 1}.json`),
  );
  expect([...files].sort()).toEqual(wanted.sort());
});

test.each(files)('%s reads as it always did', (file) => {
  const { stored, newest } = JSON.parse(readFileSync(join(golden, file), 'utf8')) as Golden;
  const event = upcastEvent(stored);
  expect(event).toEqual({ id: stored.id, type: stored.type, data: newest });
  expect(eventTypes[stored.type].data.parse(event.data)).toEqual(newest);
});

test('walks from version to version', () => {
  const table = {
    'memory-stored': {
      1: (data: unknown) => ({ ...(data as object), second: true }),
      2: (data: unknown) => ({ ...(data as object), third: true }),
    },
  };
  const event = { id: 'e', type: 'memory-stored', v: 1, data: { first: true } };
  expect(upcastEvent(event, table, () => 3).data).toEqual({ first: true, second: true, third: true });
});

test.each([
  ['a type that is not known', { type: 'memory-painted', v: 1 }],
  ['a version from the future', { type: 'memory-stored', v: 99 }],
  ['a name of the prototype', { type: 'constructor', v: 1 }],
])('refuses %s', (_, { type, v }) => {
  expect(() => upcastEvent({ id: 'e', type, v, data: {} })).toThrow(UnknownEventError);
});
