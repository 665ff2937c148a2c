import { expect, test } from 'vitest';
import { describeAccountCommit } from './describe-account.js';

const commit = { partition: 0, seq: 1, owner: 'ann', actor: 'key_1', client: 'laptop', at: '2026-05-03T12:00:00.000Z' };

test('names which member of a team it is about', () => {
  const events = [{ id: 'e1', type: 'team-member-added', v: 1, data: { member: 'bob' } }];
  expect(describeAccountCommit({ ...commit, owner: 'team-ops', events })).toMatchObject([
    { owner: 'team-ops', event: 'team-member-added', about: 'bob' },
  ]);
});

test('names who did what to which key, and nothing that is kept of its secret', () => {
  const secret = { kind: 'sha256', prefix: 'abcdefgh', hash: 'f00' };
  const events = [
    { id: 'e1', type: 'account-created', v: 1, data: {} },
    { id: 'e2', type: 'key-created', v: 1, data: { id: 'key_2', name: 'phone', scopes: [], expires_at: null, secret } },
    { id: 'e3', type: 'account-painted', v: 7, data: 'blue' },
  ];
  const common = { at: commit.at, owner: 'ann', actor: 'key_1', client: 'laptop' };
  expect(describeAccountCommit({ ...commit, events })).toEqual([
    { ...common, event: 'account-created', about: null },
    { ...common, event: 'key-created', about: 'key_2' },
    { ...common, event: 'account-painted', about: null },
  ]);
});
