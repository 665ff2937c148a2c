import { parseArgs } from 'node:util';
import { benchCodeQuality } from '../quality/code-quality.js';
import { benchLocomo } from '../quality/locomo.js';
import { benchCodeSearch } from './code-search.js';
import { benchCost } from './cost.js';
import { makeTexts, readLocomo } from './corpus.js';
import { benchFairness } from './fairness.js';
import { benchInterference } from './interference.js';
import { benchLoad } from './load.js';
import { benchProcesses } from './processes.js';
import { benchScale } from './scale.js';
import { readSources } from './source-trees.js';
import { benchSync, type SyncSettings } from './sync.js';
import { benchTakeover } from './takeover.js';
import { benchTracing } from './tracing.js';
import { benchUsers, type UsersSettings } from './users.js';

const usage = `usage: npm run bench -- [load] [processes] [fairness] [locomo] [users] [scale] [takeover] [cost] [tracing]
       [code-quality] [sync] [interference] [code-search] [--seconds N] [--locomo FILE]

  load       stores and searches at 1 to 200 users, beside the floor
  processes  start time, and memory of every process at rest and under load
  fairness   50 users beside one who floods
  locomo     retrieval quality; needs --locomo, the path of a LoCoMo file
  users      (npm run bench:load) many users at once, at rising rates, until p95 passes 50 ms
             --users 1000, --memories 100 of each beforehand, --per-minute 10 operations of each (as many more each
             step), --steps 12 at most, --settle 3600 seconds to wait for vectors; with --make-up those that are not
             there by then are made up,
             --gateways 1, --command-handlers 1, --queries 1
  scale      stores a second with 1, 2 and 4 command handlers
  takeover   how long stores wait when one of two command handlers or gateways is killed, --rounds 5 of each
  cost       CPU time of a store and of a search by process, 64 users, --operations 6400, --repeats 3
  tracing    what the calls for tracing cost a store while tracing is off, --rounds 9
  code-quality  (npm run bench:code-quality) quality of code search
             --semble DIR of semble's annotations, --cosqa DIR of CoSQA retrieval, or both; --repos DIR with a checkout of
             each of semble's repositories, without it published packages are taken; --cache DIR keeps vectors
  sync       (npm run bench:sync) repositories of --files 300,2000,6000 files: time until text can be searched and until
             all vectors are there, syncs without a change and of one file, --repeats 3 of each, --settle 900 seconds
  interference  50 users while --files 6000 are synced and embedded, and while not, --rounds 3 in turn
  code-search   search_code, find_symbol and read_code over --chunks 100000, --settle 3600 seconds; with --make-up chunks
             that have no vectors by then get some of no meaning
             --tree DIR takes the sources of these three from there, instead of from the installed packages; repeatable

  --locomo FILE takes its conversations as texts, without it they are made up`;

const text = { type: 'string' } as const;
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: text,
    locomo: text,
    users: { ...text, default: '1000' },
    memories: { ...text, default: '100' },
    'per-minute': { ...text, default: '10' },
    steps: { ...text, default: '12' },
    settle: text,
    gateways: { ...text, default: '1' },
    'command-handlers': { ...text, default: '1' },
    queries: { ...text, default: '1' },
    semble: text,
    repos: text,
    cosqa: text,
    cache: text,
    tree: { ...text, multiple: true, default: [] },
    files: text,
    operations: { ...text, default: '6400' },
    repeats: { ...text, default: '3' },
    rounds: text,
    chunks: { ...text, default: '100000' },
    'make-up': { type: 'boolean', default: false },
    help: { type: 'boolean' },
  },
});
const ofCode = ['sync', 'interference', 'code-search'];
const ofStores = ['load', 'users', 'scale', 'takeover', 'cost'];
const benches = [...ofStores, 'tracing', 'processes', 'fairness', 'locomo', 'code-quality', ...ofCode];
const chosen = positionals.length > 0 ? positionals : ['load', 'processes', ...(values.locomo ? ['locomo'] : [])];
const seconds = (preset: number) => Number(values.seconds ?? preset);
const rounds = (preset: number) => Number(values.rounds ?? preset);
const unknown = chosen.find((name) => !benches.includes(name));
const settleSeconds = (preset: number) => Number(values.settle ?? preset);
const files = (preset: string) => (values.files ?? preset).split(',').map(Number);
const counts = [values.users, values.memories, values['per-minute'], values.steps, values.operations, values.repeats];
const numbers = [...counts.map(Number), Number(values.chunks), settleSeconds(1), seconds(1), rounds(1), ...files('1')];
const isWrong = unknown !== undefined || numbers.some((number) => !(number >= 0));
const lacksData =
  (chosen.includes('locomo') && !values.locomo) || (chosen.includes('code-quality') && !values.semble && !values.cosqa);
if (values.help || isWrong || lacksData) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}

const conversations = values.locomo ? readLocomo(values.locomo) : [];
const turns = conversations.flatMap(({ turns: all }) => all.map(({ speaker, text }) => `${speaker}: ${text}`));
const texts = turns.length > 0 ? turns : makeTexts(5_000);
console.log(`texts: ${turns.length > 0 ? 'LoCoMo turns' : 'made up'}; node ${process.version}`);
const sources = chosen.some((name) => ofCode.includes(name)) ? await readSources(values.tree) : [];
for (const name of chosen) {
  console.log(`\n## ${name}\n`);
  if (name === 'load') console.log(await benchLoad(texts, { seconds: seconds(5), clients: [1, 8, 32, 64, 200] }));
  else if (name === 'fairness') console.log(await benchFairness(texts, seconds(30)));
  else if (name === 'processes')
    console.log(await benchProcesses(texts, { repeats: 5, isCold: true, clients: 64, seconds: seconds(10) }));
  else if (name === 'scale')
    console.log(await benchScale(texts, { clients: 64, seconds: seconds(10), handlers: [1, 2, 4] }));
  else if (name === 'takeover') console.log(await benchTakeover(texts, { clients: 16, rounds: rounds(5) }));
  else if (name === 'cost')
    console.log(
      await benchCost(texts, { clients: 64, operations: Number(values.operations), repeats: Number(values.repeats) }),
    );
  else if (name === 'tracing') console.log(await benchTracing({ stores: 100_000, rounds: rounds(9) }));
  else if (name === 'users') console.log(await benchUsers(texts, usersSettings()));
  else if (name === 'sync') console.log(await benchSync(sources, syncSettings()));
  else if (name === 'interference')
    console.log(
      await benchInterference(texts, sources, {
        files: files('6000')[0] ?? 0,
        seconds: seconds(20),
        rounds: rounds(3),
      }),
    );
  else if (name === 'code-search')
    console.log(
      await benchCodeSearch(sources, {
        chunks: Number(values.chunks),
        settleSeconds: settleSeconds(3_600),
        makeUp: values['make-up'],
        seconds: seconds(10),
      }),
    );
  else if (name === 'code-quality') console.log(await benchCodeQuality(values));
  else console.log(await benchLocomo(conversations));
}

function syncSettings(): SyncSettings {
  const sizes = files('300,2000,6000');
  const nameOf = (n: number) => (sizes.length === 3 ? ['small', 'medium', 'large'][n] : undefined) ?? `tree-${n + 1}`;
  return {
    trees: sizes.map((count, n) => ({ name: nameOf(n), files: count })),
    repeats: Number(values.repeats),
    settleSeconds: settleSeconds(900),
  };
}

function usersSettings(): UsersSettings {
  return {
    users: Number(values.users),
    seconds: seconds(60),
    memories: Number(values.memories),
    perMinute: Number(values['per-minute']),
    steps: Number(values.steps),
    settleSeconds: settleSeconds(3_600),
    makeUp: values['make-up'],
    env: {
      MEMLANE_GATEWAYS: values.gateways,
      MEMLANE_COMMAND_HANDLERS: values['command-handlers'],
      MEMLANE_QUERIES: values.queries,
    },
  };
}
