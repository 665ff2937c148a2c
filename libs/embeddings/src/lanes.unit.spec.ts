import { describe, expect, test } from 'vitest';
import { limit } from '@memlane/contracts';
import { BackgroundLost, type BackgroundRunner } from './background.js';
import { openLanes } from './lanes.js';

const vectorOf = (text: string) => Float32Array.of(text.length);

/** A model whose every run waits until the test lets it go. */
function steppedModel() {
  const runs: { texts: readonly string[]; finish: () => void; fail: (error: Error) => void }[] = [];
  const embed = (texts: readonly string[]) =>
    new Promise<Float32Array[]>((resolve, reject) => {
      runs.push({ texts, finish: () => resolve(texts.map(vectorOf)), fail: reject });
    });
  return { runs, embed };
}

const breathe = () => Promise.resolve();
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** @param now a clock; unless there is one, a second passes from each look to the next */
function setup(background?: { start: () => Promise<BackgroundRunner> }, now?: () => number) {
  const model = steppedModel();
  let seconds = 0;
  const timers: { fire: () => void; at: number }[] = [];
  const lanes = openLanes({
    foreground: model.embed,
    ...(background ? { background } : {}),
    breathe,
    later: (fire, ms) => {
      const timer = { fire, at: (now?.() ?? 0) + ms };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
    now: now ?? (() => (seconds += 1) * 1_000),
  });
  return { ...model, lanes, timers };
}

test('takes queries before bulk texts that came earlier', async () => {
  const { lanes, runs } = setup();
  void lanes.embed('bulk', 'passage', ['b1', 'b2']);
  await settle();
  const query = lanes.embed('interactive', 'query', ['q']);
  runs[0]?.finish();
  await settle();
  expect(runs.map((run) => run.texts)).toEqual([['b1'], ['q']]);
  runs[1]?.finish();
  expect(await query).toEqual({ ok: true, value: [Float32Array.of(1)] });
});

test('answers each of the queries that wait together as soon as its own run is done', async () => {
  const { lanes, runs } = setup();
  const answers = ['a', 'bb', 'ccc'].map((text) => lanes.embed('interactive', 'query', [text]));
  for (const [n, answer] of answers.entries()) {
    await settle();
    expect(runs).toHaveLength(n + 1);
    runs[n]?.finish();
    expect(await answer).toEqual({ ok: true, value: [Float32Array.of(n + 1)] });
  }
});

test('takes the query of a user who comes later before the many of another', async () => {
  const { lanes, runs } = setup();
  for (let n = 0; n < 20; n += 1) void lanes.embed('interactive', 'query', [`a${n}`], 'ann');
  void lanes.embed('interactive', 'query', ['b'], 'bob');
  for (let n = 0; n < 3; n += 1) {
    await settle();
    runs[n]?.finish();
  }
  expect(runs.map(({ texts }) => texts)).toEqual([['a0'], ['b'], ['a1']]);
});

test('shares bulk work out between users text by text', async () => {
  const { lanes, runs } = setup();
  void lanes.embed('bulk', 'passage', ['a1', 'a2', 'a3'], 'ann');
  void lanes.embed('bulk', 'passage', ['b1'], 'bob');
  for (let n = 0; n < 4; n += 1) {
    await settle();
    runs[n]?.finish();
  }
  await settle();
  expect(runs.map(({ texts }) => texts[0])).toEqual(['a1', 'b1', 'a2', 'a3']);
});

test('takes what was just stored after queries, but before bulk texts and code that came earlier', async () => {
  const { lanes, runs } = setup();
  void lanes.embed('code', 'passage', ['c1', 'c2']);
  await settle();
  void lanes.embed('bulk', 'passage', ['b1']);
  void lanes.embed('fresh', 'passage', ['f1', 'f2']);
  void lanes.embed('interactive', 'query', ['q']);
  for (let n = 0; n < 6; n += 1) {
    runs[n]?.finish();
    await settle();
  }
  expect(runs.map(({ texts }) => texts)).toEqual([['c1'], ['q'], ['f1'], ['f2'], ['b1'], ['c2']]);
});

test('takes what was just stored itself while there is a background for bulk work', async () => {
  const behind = steppedModel();
  const { lanes, runs } = setup({ start: async () => ({ embed: behind.embed, stop: async () => {} }) });
  void lanes.embed('bulk', 'passage', new Array<string>(40).fill('bulk'));
  await settle();
  runs[0]?.finish();
  await settle();
  const fresh = lanes.embed('fresh', 'passage', ['f']);
  await settle();
  expect(runs.at(-1)?.texts).toEqual(['f']);
  runs.at(-1)?.finish();
  expect(await fresh).toMatchObject({ ok: true });
  expect(behind.runs).toHaveLength(1);
});

test('lets code have a run now and then while memories wait', async () => {
  const { lanes, runs } = setup();
  void lanes.embed('bulk', 'passage', new Array<string>(20).fill('b'));
  void lanes.embed('code', 'passage', ['c', 'c', 'c']);
  for (let n = 0; n < 23; n += 1) {
    await settle();
    runs[n]?.finish();
  }
  await settle();
  const b = 'b'.repeat(8);
  expect(runs.map(({ texts }) => texts[0]).join('')).toBe(`${b}c${b}cbbbbc`);
});

describe('beside people who are served', () => {
  function setupServed(background?: { start: () => Promise<BackgroundRunner> }) {
    let clock = 0;
    const { timers, ...parts } = setup(background, () => clock);
    /** Time passes, and what was to be done by then is done. */
    const pass = async (passed: number) => {
      clock += passed;
      for (const timer of timers.filter(({ at }) => at <= clock)) {
        timers.splice(timers.indexOf(timer), 1);
        timer.fire();
      }
      await settle();
    };
    return { ...parts, pass };
  }

  test('code that has had a run waits, memories that are imported do not', async () => {
    const { lanes, runs, pass } = setupServed();
    void lanes.embed('code', 'passage', ['c1', 'c2']);
    void lanes.embed('interactive', 'query', ['q']);
    await settle();
    runs[0]?.finish();
    await settle();
    await pass(40);
    void lanes.embed('interactive', 'query', ['q2']);
    runs[1]?.finish();
    await settle();
    void lanes.embed('bulk', 'passage', ['b']);
    for (const n of [2, 3]) {
      runs[n]?.finish();
      await settle();
    }
    const asked = ['q', 'c1', 'q2', 'b'];
    expect(runs.map(({ texts }) => texts[0])).toEqual(asked);
    await pass(249);
    expect(runs).toHaveLength(4);
    await pass(1);
    expect(runs.map(({ texts }) => texts[0])).toEqual([...asked, 'c2']);
  });

  test('code waits also while everything that is asked for is known', async () => {
    const { lanes, runs, pass } = setupServed();
    void lanes.embed('code', 'passage', ['c1', 'c2']);
    await settle();
    await pass(40);
    expect(await lanes.embed('interactive', 'query', [])).toEqual({ ok: true, value: [] });
    runs[0]?.finish();
    await settle();
    expect(runs).toHaveLength(1);
    await pass(250);
    expect(runs).toHaveLength(2);
  });

  test('code waits in the background, too, and goes on by itself', async () => {
    const behind = steppedModel();
    const { lanes, runs, pass } = setupServed({
      start: async () => ({ embed: behind.embed, stop: async () => {} }),
    });
    const code = lanes.embed('code', 'passage', new Array<string>(30).fill('c'));
    await settle();
    runs[0]?.finish();
    await settle();
    expect(behind.runs).toHaveLength(1);
    await pass(40);
    void lanes.embed('interactive', 'query', ['q']);
    await settle();
    runs.at(-1)?.finish();
    behind.runs[0]?.finish();
    await settle();
    expect(behind.runs).toHaveLength(1);
    await pass(250);
    expect(behind.runs).toHaveLength(2);
    for (let n = 1; n < behind.runs.length; n += 1) {
      behind.runs[n]?.finish();
      await settle();
    }
    expect(await code).toMatchObject({ ok: true });
  });
});

test('leaves to the bulk lane what is more than one user, or all of them, may have just stored', async () => {
  const { lanes } = setup();
  const refused = { ok: false, error: 'overloaded' };
  const most = limit('embed_fresh_texts_per_user');
  const texts = new Array<string>(most).fill('f');
  expect(await lanes.embed('fresh', 'passage', [...texts, 'f'], 'ann')).toEqual(refused);
  const further: unknown[] = [];
  for (let n = 0; n < limit('embed_fresh_queue') / most; n += 1) {
    void lanes.embed('fresh', 'passage', texts, `user${n}`);
    further.push(lanes.embed('fresh', 'passage', ['f'], `user${n}`));
  }
  further.push(lanes.embed('fresh', 'passage', ['f'], 'zoe'));
  expect(await Promise.all(further)).toEqual(further.map(() => refused));
});

test('refuses at once what does not fit into the queue of its lane', async () => {
  const { lanes } = setup();
  void lanes.embed('bulk', 'passage', new Array<string>(limit('embed_queue')).fill('x'));
  expect(await lanes.embed('bulk', 'passage', ['one', 'two'])).toEqual({ ok: false, error: 'overloaded' });
  void lanes.embed('interactive', 'query', ['q']);
  expect(lanes.status()).toMatchObject({ bulk: { refused: 2 }, interactive: { refused: 0 } });
});

test('moves much bulk work to the background and lets it go when that is quiet', async () => {
  const behind = steppedModel();
  let stopped = false;
  const runner = { embed: behind.embed, stop: async () => void (stopped = true) };
  const { lanes, runs, timers } = setup({ start: async () => runner });
  const bulk = lanes.embed('bulk', 'passage', new Array<string>(40).fill('bulk'));
  await settle();
  expect(behind.runs).toHaveLength(1);
  const query = lanes.embed('interactive', 'query', ['q']);
  runs.at(-1)?.finish();
  await settle();
  runs.at(-1)?.finish();
  expect(await query).toMatchObject({ ok: true });
  for (let i = 0; i < behind.runs.length; i += 1) {
    behind.runs[i]?.finish();
    await settle();
  }
  expect(await bulk).toMatchObject({ ok: true });
  timers.forEach(({ fire }) => fire());
  expect(stopped).toBe(true);
});

test('moves to the background also what comes a few texts at a time, without a pause', async () => {
  const behind = steppedModel();
  let starts = 0;
  const start = async () => {
    starts += 1;
    return { embed: behind.embed, stop: async () => {} };
  };
  const { lanes, runs, timers } = setup({ start });
  const eight = async () => {
    const done = lanes.embed('bulk', 'passage', new Array<string>(8).fill('bulk'));
    for (let from = runs.length, n = 0; n < 8; n += 1) {
      await settle();
      runs[from + n]?.finish();
    }
    await settle();
    return done;
  };
  expect([await eight(), await eight()]).toMatchObject([{ ok: true }, { ok: true }]);
  timers.forEach(({ fire }) => fire());
  await eight();
  await eight();
  expect(starts).toBe(0);
  void eight();
  await settle();
  expect(starts).toBe(1);
  expect(behind.runs).toHaveLength(1);
});

test('moves code to the background already when it is little', async () => {
  let starts = 0;
  const start = () => {
    starts += 1;
    return new Promise<BackgroundRunner>(() => {});
  };
  const { lanes } = setup({ start });
  void lanes.embed('code', 'passage', new Array<string>(7).fill('code'));
  expect(starts).toBe(0);
  void lanes.embed('code', 'passage', ['code']);
  expect(starts).toBe(1);
});

test('does the work of a lost background itself', async () => {
  const behind = steppedModel();
  const runner = { embed: behind.embed, stop: async () => {} };
  const { lanes, runs } = setup({ start: async () => runner });
  const bulk = lanes.embed(
    'bulk',
    'passage',
    Array.from({ length: 30 }, (_, i) => 'x'.repeat(i)),
  );
  await settle();
  behind.runs[0]?.fail(new BackgroundLost('killed'));
  await settle();
  for (let i = 0; i < 40; i += 1) {
    runs[i]?.finish();
    await settle();
  }
  expect(await bulk).toEqual({ ok: true, value: Array.from({ length: 30 }, (_, i) => Float32Array.of(i)) });
});

test('fails only the request whose run failed', async () => {
  const { lanes, runs } = setup();
  const first = lanes.embed('bulk', 'passage', ['bad']);
  const second = lanes.embed('bulk', 'passage', ['good']);
  await settle();
  runs[0]?.fail(new Error('broken'));
  await expect(first).rejects.toThrow('broken');
  await settle();
  runs[1]?.finish();
  expect(await second).toMatchObject({ ok: true });
});
