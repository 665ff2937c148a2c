import { aggregateOf } from '@memlane/contracts';
import { decide, type DecidedCommand } from '@memlane/domain';
import { tempDir } from '@memlane/testkit';
import fc from 'fast-check';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { DecisionState } from './decision-state.js';
import type { AppliedCommit } from './facts-table.js';

const CREATED = '2026-01-01T00:00:00Z';
const OWNERS = ['ann', 'bob', 'team-ops'] as const;

/** What one owner asks for; `nth` picks one of the memories that the owner has made so far. */
type Wish =
  | { readonly kind: 'store'; readonly content: string; readonly tag: string; readonly by?: string | undefined }
  | { readonly kind: 'update'; readonly nth: number; readonly content: string }
  | { readonly kind: 'delete'; readonly tag: string }
  | { readonly kind: 'share' | 'unshare'; readonly tag: string; readonly with: string }
  | { readonly kind: 'found' }
  | { readonly kind: 'join' | 'leave'; readonly member: string };
interface OwnedWish {
  readonly owner: (typeof OWNERS)[number];
  readonly wish: Wish;
}

const content = fc.constantFrom('tea', 'coffee', 'milk', ' tea ');
const tag = fc.constantFrom('x', 'y');
const wish: fc.Arbitrary<Wish> = fc.oneof(
  fc.record({ kind: fc.constant('store' as const), content, tag, by: fc.constantFrom(undefined, 'eve') }),
  fc.record({ kind: fc.constant('update' as const), nth: fc.nat(3), content }),
  fc.record({ kind: fc.constant('delete' as const), tag }),
  fc.record({ kind: fc.constantFrom('share' as const, 'unshare' as const), tag, with: fc.constantFrom('eve', 'dan') }),
  fc.record({ kind: fc.constant('found' as const) }),
  fc.record({ kind: fc.constantFrom('join' as const, 'leave' as const), member: fc.constantFrom('eve', 'dan') }),
);
const wishes = fc.array(fc.record({ owner: fc.constantFrom(...OWNERS), wish }), { maxLength: 30 });

function toCommand(wish: Wish, owner: string): DecidedCommand {
  switch (wish.kind) {
    case 'store':
      return {
        type: 'store-memory',
        payload: { content: wish.content, tags: [wish.tag] },
        ...(wish.by === undefined ? {} : { through: { tag: wish.tag, caller: wish.by, grantee: wish.by } }),
      };
    case 'update':
      return { type: 'update-memory', payload: { id: `${owner}-${wish.nth}`, content: wish.content } };
    case 'delete':
      return { type: 'delete-memories', payload: { tags: [wish.tag] } };
    case 'share':
      return { type: 'share-space', payload: { tag: wish.tag, with: wish.with, access: 'write' } };
    case 'found':
      return { type: 'create-team', payload: {} };
    case 'join':
      return { type: 'add-team-member', payload: { member: wish.member } };
    case 'leave':
      return { type: 'remove-team-member', payload: { member: wish.member } };
    case 'unshare':
      return { type: 'unshare-space', payload: { tag: wish.tag, with: wish.with } };
  }
}

/** Decides and applies as a lane does; ids and times depend on the owner's own wishes alone. */
function live(all: readonly OwnedWish[]): { state: DecisionState; commits: AppliedCommit[] } {
  const state = new DecisionState(':memory:');
  const commits: AppliedCommit[] = [];
  const made = new Map<string, number>();
  const asked = new Map<string, number>();
  for (const { owner, wish } of all) {
    const n = (asked.get(owner) ?? 0) + 1;
    asked.set(owner, n);
    const now = new Date(Date.UTC(2026, 0, 1, 0, 0, n)).toISOString();
    const newId = () => {
      const nth = made.get(owner) ?? 0;
      made.set(owner, nth + 1);
      return `${owner}-${nth}`;
    };
    const command = toCommand(wish, owner);
    const decision = decide(state.factsOf(owner), command, { now, newId });
    if (decision.kind !== 'append') continue;
    const seq = commits.length + 1;
    const commandId = `${owner}-command-${n}`;
    const item = {
      seq,
      msgId: commandId,
      owner,
      aggregate: aggregateOf(command),
      commit: commitOf(owner, commandId, now, decision),
    };
    commits.push(item);
    state.apply(CREATED, [item], seq - 1);
  }
  return { state, commits };
}

function commitOf(
  owner: string,
  commandId: string,
  at: string,
  { events, result }: Extract<ReturnType<typeof decide>, { kind: 'append' }>,
): AppliedCommit['commit'] {
  const stored = events.map((event, index) => ({ ...event, id: `${commandId}-${index}` }));
  const who = { owner, actor: 'key', client: 'test', correlationId: 'c' };
  return { v: 1, commandId, fingerprint: 'f', ...who, at, events: stored, result };
}

/** All that decisions of an owner can see, but for the place in the log. */
function whatDecisionsSee(state: DecisionState, owner: string) {
  const { memory: facts, sharing, team } = state.factsOf(owner);
  const ids = facts.matching({ tags: ['x', 'y'] }, CREATED, 100);
  const outcomes = Array.from({ length: 31 }, (_, n) => state.outcome(owner, `${owner}-command-${n}`));
  return {
    memories: ids.map((id) => facts.byId(id)),
    shares: [sharing.sharesOf('x'), sharing.sharesOf('y'), sharing.share('x', 'eve'), sharing.count()],
    team: [team.exists(), team.countMembers(), team.isMember('eve')],
    outcomes: outcomes.map((outcome) => outcome && { ...outcome, seq: 0 }),
  };
}

describe('the decision state', () => {
  it('is for each owner what it would be if the owner were alone', () => {
    fc.assert(
      fc.property(wishes, (all) => {
        const together = live(all);
        for (const owner of OWNERS) {
          const alone = live(all.filter((one) => one.owner === owner));
          expect(whatDecisionsSee(together.state, owner)).toEqual(whatDecisionsSee(alone.state, owner));
          alone.state.close();
        }
        together.state.close();
      }),
      { numRuns: 60 },
    );
  });

  it('is the same when it is built anew from the log, in any batches, and when commits come twice', () => {
    fc.assert(
      fc.property(wishes, fc.integer({ min: 1, max: 7 }), (all, size) => {
        const { state, commits } = live(all);
        const rebuilt = new DecisionState(':memory:');
        for (let from = 0; from < commits.length; from += size) {
          rebuilt.apply(CREATED, commits.slice(from, from + size), from);
          rebuilt.apply(CREATED, commits.slice(0, from + size), 0);
        }
        for (const owner of OWNERS) {
          expect(whatDecisionsSee(rebuilt, owner)).toEqual(whatDecisionsSee(state, owner));
          for (const aggregate of ['memory', 'account'])
            expect(rebuilt.lastSubjectSeq(owner, aggregate)).toBe(state.lastSubjectSeq(owner, aggregate));
        }
        expect(rebuilt.checkpoint()).toEqual(state.checkpoint());
        rebuilt.close();
        state.close();
      }),
      { numRuns: 60 },
    );
  });

  it('loses facts and checkpoint together in a crash, and has both again from the log', async () => {
    const dir = await tempDir();
    const path = join(dir, 'live.sqlite');
    const all: OwnedWish[] = ['tea', 'milk', 'coffee'].map((content) => ({
      owner: 'ann',
      wish: { kind: 'store', content, tag: 'x' },
    }));
    const { state: other, commits } = live(all);
    const crashing = new DecisionState(path);
    crashing.apply(CREATED, commits.slice(0, 1), 0);
    crashing.flush();
    crashing.apply(CREATED, commits.slice(1), 1);
    for (const suffix of ['', '-wal']) copyFileSync(path + suffix, join(dir, `after.sqlite${suffix}`));
    const after = new DecisionState(join(dir, 'after.sqlite'));
    expect(after.checkpoint()?.seq).toBe(1);
    expect(after.outcome('ann', 'ann-command-2')).toBeUndefined();
    after.apply(CREATED, commits, 0);
    expect(whatDecisionsSee(after, 'ann')).toEqual(whatDecisionsSee(other, 'ann'));
    for (const state of [crashing, after, other]) state.close();
  });

  it('says so when it has lost what it took in, and is back at what it had written', () => {
    const onLost = vi.fn();
    const state = new DecisionState(':memory:', onLost);
    const { state: other, commits } = live([
      { owner: 'ann', wish: { kind: 'store', content: 'tea', tag: 'x' } },
      { owner: 'ann', wish: { kind: 'store', content: 'milk', tag: 'x' } },
    ]);
    const [first, second] = commits as [AppliedCommit, AppliedCommit];
    state.apply(CREATED, [first], 0);
    const broken = { ...second, commit: { ...second.commit, events: undefined as never } };
    expect(() => state.apply(CREATED, [broken], 1)).toThrow(TypeError);
    expect(onLost).toHaveBeenCalledOnce();
    expect(state.checkpoint()).toBeUndefined();
    // What follows the lost one is not taken in before it.
    expect(() => state.apply(CREATED, [second], 1)).toThrow('the commits before these are not applied');
    expect(state.checkpoint()).toBeUndefined();
    state.apply(CREATED, commits, 0);
    expect(whatDecisionsSee(state, 'ann')).toEqual(whatDecisionsSee(other, 'ann'));
    state.close();
    other.close();
  });

  it('keeps the first outcome of a command', () => {
    const state = new DecisionState(':memory:');
    const first = { status: 'accepted', commandId: 'c', fingerprint: 'f', result: 1, seq: 0 } as const;
    state.remember('ann', first, CREATED);
    state.remember('ann', { ...first, result: 2 }, CREATED);
    expect(state.outcome('ann', 'c')).toEqual(first);
    expect(state.outcome('bob', 'c')).toBeUndefined();
    state.close();
  });

  it('forgets the outcomes of before a time, and no others', () => {
    const state = new DecisionState(':memory:');
    const days = ['2026-01-01', '2026-01-02', '2026-01-03'].map((day) => `${day}T00:00:00.000Z`);
    for (const at of days)
      state.remember('ann', { status: 'accepted', commandId: at, fingerprint: 'f', result: 1, seq: 0 }, at);
    const known = () => days.map((at) => state.outcome('ann', at) !== undefined);
    state.forgetOutcomes('2026-01-02T00:00:00.000Z');
    expect(known()).toEqual([false, true, true]);
    state.forgetOutcomes('2026-02-01T00:00:00.000Z');
    expect(known()).toEqual([false, false, false]);
    state.close();
  });

  it('forgets its place among the outcomes when their stream was created anew', () => {
    const state = new DecisionState(':memory:');
    const outcome = { status: 'accepted', commandId: 'c', fingerprint: 'f', result: 1, seq: 0 } as const;
    state.rememberAll(CREATED, [{ owner: 'ann', outcome, at: CREATED, outSeq: 7 }], 0);
    expect(state.outcomesSeq(CREATED)).toBe(7);
    expect(state.outcomesSeq('2027-01-01T00:00:00Z')).toBe(0);
    expect(state.outcome('ann', 'c')).toEqual(outcome);
    state.close();
  });
});
