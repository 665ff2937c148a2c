import { partitionOf, streams } from '@memlane/contracts';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startProduct, type Product } from './product.support.spec.js';

const PARTITIONS = 4;
/** More than there is room for. */
const content = 'a long story '.repeat(1_000);

describe('a log that takes nothing more', () => {
  let product: Product;
  let jsm: JetStreamManager;
  let ann: string;

  beforeAll(async () => {
    product = await startProduct({ outcomeWaitMs: 1_500 });
    jsm = await jetstreamManager(product.nc);
    ann = await product.makeKey('ann');
    expect(await store({ content: 'there before' })).toMatchObject({ created: true });
  });
  afterAll(() => product.stop());

  const store = async (memory: object) => (await product.call(ann, 'store_memory', memory)).structuredContent;
  const list = async () => (await product.call(ann, 'list_memories', {})).structuredContent;

  /** Leaves room for little more in a stream. @returns what makes room again */
  async function fill(stream: string): Promise<() => Promise<unknown>> {
    const { config, state } = await jsm.streams.info(stream);
    await jsm.streams.update(stream, { ...config, max_bytes: state.bytes + 2_000 });
    return () => jsm.streams.update(stream, { ...config, max_bytes: -1 });
  }

  it('refuses a store before it is accepted when it has no room for commands, and nothing of it is there', async () => {
    const makeRoom = await fill(streams.commands(partitionOf('ann', PARTITIONS)));
    try {
      const { error } = await store({ content });
      expect(error).toMatchObject({ code: 'MEMLANE_ERR_OVERLOADED', retryable: true, retry_after_seconds: 5 });
      expect(await list()).toMatchObject({ total: 1 });
    } finally {
      await makeRoom();
    }
    expect(await list()).toMatchObject({ total: 1 });
  });

  it('keeps what it has accepted until there is room for its events, serves reads meanwhile, and stores it once', async () => {
    const memory = { content, idempotency_key: 'told-in-a-full-log' };
    const makeRoom = await fill(streams.events(partitionOf('ann', PARTITIONS)));
    try {
      expect((await store(memory)).error).toMatchObject({ code: 'MEMLANE_ERR_PENDING', retryable: true });
      expect(await list()).toMatchObject({ total: 1 });
    } finally {
      await makeRoom();
    }
    const stored = await vi.waitUntil(
      async () => {
        const answer = await store(memory);
        return answer.error ? undefined : answer;
      },
      { timeout: 30_000 },
    );
    expect(stored).toMatchObject({ created: true, version: 1 });
    expect(await list()).toMatchObject({ total: 2 });
    expect(await store({ content: 'there afterwards' })).toMatchObject({ created: true });
  });
});
