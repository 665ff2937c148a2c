import { parseArgs } from 'node:util';
import { benchLocomo } from '../quality/locomo.js';
import { makeTexts, readLocomo } from './corpus.js';
import { benchFairness } from './fairness.js';
import { benchLoad } from './load.js';
import { benchProcesses } from './processes.js';

const usage = `usage: npm run bench -- [load] [processes] [fairness] [locomo] [--seconds 5] [--locomo FILE]

  load       stores and searches at 1 to 200 users, beside the floor
  processes  start time and resident memory
  fairness   50 users beside one who floods
  locomo     retrieval quality; needs --locomo, the path of a LoCoMo file`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '5' }, locomo: { type: 'string' }, help: { type: 'boolean' } },
});
const chosen = positionals.length > 0 ? positionals : ['load', 'processes', ...(values.locomo ? ['locomo'] : [])];
const seconds = Number(values.seconds);
const unknown = chosen.find((name) => !['load', 'processes', 'fairness', 'locomo'].includes(name));
if (values.help || unknown !== undefined || !(seconds > 0) || (chosen.includes('locomo') && !values.locomo)) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}

const conversations = values.locomo ? readLocomo(values.locomo) : [];
const turns = conversations.flatMap(({ turns: all }) => all.map(({ speaker, text }) => `${speaker}: ${text}`));
const texts = turns.length > 0 ? turns : makeTexts(5_000);
console.log(`texts: ${turns.length > 0 ? 'LoCoMo turns' : 'made up'}; node ${process.version}`);
for (const name of chosen) {
  console.log(`\n## ${name}\n`);
  if (name === 'load') console.log(await benchLoad(texts, seconds));
  else if (name === 'fairness') console.log(await benchFairness(texts, seconds));
  else if (name === 'processes') console.log(await benchProcesses(texts, 5));
  else console.log(await benchLocomo(conversations));
}
