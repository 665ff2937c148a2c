// Three nats-servers on the loopback address as one cluster, and the services on it: `node deploy/cluster/start.mjs`.
// Flags go to `memlane up`. Shows how Memlane behaves on a cluster; for one that survives a machine, run the servers on
// three machines (docs/guide/scale-out.md).
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runToEnd, root } from '../../libs/setup/bootstrap/workspace.mjs';
import { findCacheDir, resolveNatsServer } from '@memlane/setup';
import { startNatsCluster } from '@memlane/supervision';

const PARTITIONS = 16;
const { values } = parseArgs({ options: { 'data-dir': { type: 'string', default: '.memlane' } }, strict: false });
const dataDir = resolve(String(values['data-dir']));
const cacheDir = findCacheDir({ env: process.env, platform: process.platform, home: homedir() });
const program = await resolveNatsServer({ cacheDir, report: (line) => console.log(line) });
const partitions = Number(process.env['MEMLANE_PARTITIONS'] ?? PARTITIONS);
const cluster = await startNatsCluster(program, { dir: join(dataDir, 'cluster'), partitions });
Object.assign(process.env, cluster.env);
console.log(`cluster of ${cluster.servers.map(({ name }) => name).join(', ')}: ${cluster.env['MEMLANE_NATS_URL']}`);
runToEnd(join(root, 'services', 'cli', 'dist', 'main.js'), ['up', ...process.argv.slice(2)]);
