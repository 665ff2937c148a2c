import { createKey } from '@memlane/auth';
import { start as startCommandHandler } from '@memlane/command-handler';
import { readEnv } from '@memlane/contracts';
import { connectNats, openLog } from '@memlane/event-log';
import { start, type RunningGateway } from '@memlane/gateway';
import { createLogger } from '@memlane/telemetry';
import { startNatsServer, tempDir, type TestNatsServer } from '@memlane/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFixtureServer } from './fixture-server.js';
import { openKeyProxy, type KeyProxy } from './key-proxy.js';
import { installConformanceTools, type ConformanceTools } from './tools.js';

const INSTALL_MS = 300_000;
const SUITE_MS = 170_000;

/** Scenarios that need no fixture: run against the product's own tools, resources and prompts as well. */
const ownScenarios = {
  '2026-07-28': [
    'tools-list',
    'resources-list',
    'prompts-list',
    'caching',
    'dns-rebinding-protection',
    'sep-2164-resource-not-found',
    'http-header-validation',
  ],
  '2025-11-25': [
    'server-initialize',
    'ping',
    'tools-list',
    'resources-list',
    'prompts-list',
    'dns-rebinding-protection',
    'server-session-lifecycle',
  ],
} as const;

describe('the MCP conformance suite', () => {
  let tools: ConformanceTools;
  let nats: TestNatsServer;
  const gateways: RunningGateway[] = [];
  const proxies: KeyProxy[] = [];

  beforeAll(async () => {
    [tools, nats] = await Promise.all([installConformanceTools(), startNatsServer()]);
  }, INSTALL_MS);
  afterAll(async () => {
    for (const proxy of proxies) await proxy.close();
    for (const gateway of gateways) await gateway.stop();
    await nats.stop();
  });

  async function openGateway(options: Parameters<typeof start>[1]): Promise<string> {
    const env = readEnv({ ...nats.env, MEMLANE_PORT: '0', MEMLANE_PARTITIONS: '1' });
    const gateway = await start({ env, log: createLogger('gateway', 'error') }, options);
    gateways.push(gateway);
    const handler = await startCommandHandler({
      env: { ...env, MEMLANE_DATA_DIR: await tempDir() },
      log: createLogger('command-handler', 'error'),
    });
    const nc = await connectNats(env, { name: 'test' });
    const log = await openLog(nc, { partitions: env.MEMLANE_PARTITIONS, replicas: env.MEMLANE_REPLICAS });
    const { key } = await createKey(log, { owner: 'suite', name: 'conformance' });
    await nc.close();
    await handler.stop();
    const proxy = await openKeyProxy(gateway.url, key);
    proxies.push(proxy);
    return proxy.url;
  }

  async function runSuite(url: string, args: readonly string[]): Promise<void> {
    const { code, output } = await tools.run('conformance', ['server', '--url', url, ...args], await tempDir());
    expect(code, output).toBe(0);
  }

  it.each(['2026-07-28', '2025-11-25'])(
    'passes every required scenario of %s, with fixtures on the product’s own HTTP stack',
    async (revision) => {
      const url = await openGateway({ makeMcpServer: createFixtureServer });
      await runSuite(url, ['--requirements', revision]);
    },
    SUITE_MS,
  );

  it.each(Object.entries(ownScenarios))(
    'passes the fixture-free scenarios of %s with the product’s own tools',
    async (revision, scenarios) => {
      const url = await openGateway({});
      for (const scenario of scenarios) await runSuite(url, ['--scenario', scenario, '--spec-version', revision]);
    },
    SUITE_MS,
  );
});
