import { startSystem } from '@memlane/testkit';
import { expect, test, vi } from 'vitest';
import { startOtlpReceiver } from '../support/otlp-receiver.js';
import { createUser } from '../support/users.js';

test('a store is one trace from the HTTP request to the outcome, none of its parents missing, no user data in it', async () => {
  const receiver = await startOtlpReceiver();
  const system = await startSystem({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url } });
  try {
    const user = await createUser(system, 'traced-owner');
    await user.must('store_memory', { content: 'a secret sentence nobody else may read', tags: ['hushtag'] });
    user.close();

    const trace = await vi.waitFor(
      () => {
        // Keys are made by commands, too; theirs are traces of their own.
        const call = receiver.spans.find(({ name }) => name.startsWith('tools/call store_memory'));
        const spans = receiver.spans.filter(({ traceId }) => traceId === call?.traceId);
        const ids = new Set(spans.map(({ spanId }) => spanId));
        const orphans = spans.filter(({ parentSpanId }) => parentSpanId && !ids.has(parentSpanId));
        expect(spans.map(({ name }) => name)).toContainEqual(expect.stringMatching(/^append /));
        expect(orphans).toEqual([]);
        expect(spans.filter(({ parentSpanId }) => !parentSpanId)).toHaveLength(1);
        return spans;
      },
      { timeout: 30_000 },
    );
    const names = trace.map(({ service, name }) => `${service}: ${name}`);
    expect(names).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^memlane-gateway: POST/),
        expect.stringMatching(/^memlane-gateway: tools\/call store_memory/),
        expect.stringMatching(/^memlane-gateway: publish cmd\./),
        expect.stringMatching(/^memlane-command-handler: process cmd\./),
        expect.stringMatching(/^memlane-command-handler: decide/),
        expect.stringMatching(/^memlane-command-handler: append evt\./),
        'memlane-command-handler: publish outcome',
      ]),
    );
    // Projections have many causes: a trace of their own, linked to the one that stored.
    await vi.waitFor(
      () => {
        const linked = receiver.spans.filter(({ links = [] }) =>
          links.some(({ traceId }) => traceId === trace[0]?.traceId),
        );
        expect(linked.map(({ service }) => service)).toContain('memlane-memory-projector');
      },
      { timeout: 30_000 },
    );
    expect(JSON.stringify(receiver.spans)).not.toMatch(/secret sentence|hushtag|traced-owner/);
  } finally {
    await system.stop();
    await receiver.stop();
  }
});
