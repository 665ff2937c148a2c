import { startChroma, type TestChroma } from '@memlane/testkit';
import { afterAll, beforeAll, describe } from 'vitest';
import { describeContract, openStore } from './contract.suite.js';

let chroma: TestChroma;
beforeAll(async () => {
  chroma = await startChroma();
});
afterAll(() => chroma.stop());

describe('exact', () => describeContract(() => openStore(), { recall: 1, synced: true, tier: 'exact' }));

describe('Chroma', () => describeContract(() => openStore(chroma.url), { recall: 0.95, synced: true, tier: 'chroma' }));

describe('Chroma that has not got the last changes', () =>
  describeContract(() => openStore(chroma.url), { recall: 0.95, synced: false, tier: 'chroma' }));
