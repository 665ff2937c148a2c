import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startProduct, type Product } from './product.support.spec.js';

describe('a write that is under way while NATS is killed and comes back', () => {
  let product: Product;
  let key: string;

  beforeAll(async () => {
    product = await startProduct();
    key = await product.makeKey('ann');
  });
  afterAll(() => product.stop());

  it('is answered, and happens once', async () => {
    await product.stopService('command-handler');
    const call = product.call(key, 'store_memory', { content: 'through the storm' });
    await vi.waitUntil(async () => (await product.commandsOf('ann')) === 1);
    await product.nats.kill9();
    await product.nats.restart();
    await vi.waitUntil(async () => (await product.commandsOf('ann')) === 2, { timeout: 20_000 });
    await product.startService('command-handler');
    expect((await call).structuredContent).toMatchObject({ created: true, version: 1 });
    const found = await product.call(key, 'search_memories', { query: 'through the storm', mode: 'exact' });
    expect(found.structuredContent['memories']).toHaveLength(1);
  });
});
