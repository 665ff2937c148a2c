import { startChroma, tempDir, type TestChroma } from '@memlane/testkit';
import { afterAll, beforeAll, describe } from 'vitest';
import { describeContract, openStore } from './contract.suite.js';

let chroma: TestChroma;
beforeAll(async () => {
  chroma = await startChroma();
});
afterAll(() => chroma.stop());

describe('exact', () =>
  describeContract(async () => openStore(await tempDir()), { recall: 1, synced: true, tier: 'exact' }));

describe('Chroma', () =>
  describeContract(async () => openStore(await tempDir(), chroma.url), { recall: 0.95, synced: true, tier: 'chroma' }));

describe('Chroma that has not got the last changes', () =>
  describeContract(async () => openStore(await tempDir(), chroma.url), {
    recall: 0.95,
    synced: false,
    tier: 'chroma',
  }));
