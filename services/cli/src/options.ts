import { parseArgs } from 'node:util';
import { fields, jobsInput, scopes, teamId, type Env, type Scope } from '@memlane/contracts';
import { envFlags, mergeEnv } from './env-flags.js';
import { helpOf } from './help.js';
import { readOverlap, readTime } from './key-options.js';
import { UsageError } from './usage-error.js';

/** What was asked for on the command line. */
export type Request =
  | { readonly command: 'help' }
  | { readonly command: 'version' }
  | { readonly command: 'up'; readonly env: Env }
  | { readonly command: 'status'; readonly env: Env; readonly json: boolean }
  | { readonly command: 'rebuild'; readonly env: Env }
  | {
      readonly command: 'keys-create';
      readonly env: Env;
      readonly owner: string;
      readonly name: string;
      readonly scopes?: Scope[];
      readonly expiresAt?: string;
      readonly json: boolean;
    }
  | {
      readonly command: 'keys-list' | 'keys-log';
      readonly env: Env;
      readonly owner?: string;
      readonly json: boolean;
    }
  | {
      readonly command: 'keys-rotate';
      readonly env: Env;
      readonly id: string;
      readonly overlapSeconds: number;
      readonly json: boolean;
    }
  | { readonly command: 'keys-revoke'; readonly env: Env; readonly id: string; readonly json: boolean }
  | { readonly command: 'jobs-list'; readonly env: Env; readonly owner?: string; readonly json: boolean }
  | {
      readonly command: 'jobs-show' | 'jobs-cancel' | 'jobs-retry';
      readonly env: Env;
      readonly owner: string;
      readonly id: string;
      readonly json: boolean;
    }
  | {
      readonly command: 'teams-add' | 'teams-remove';
      readonly env: Env;
      readonly team: string;
      readonly member: string;
      readonly json: boolean;
    }
  | { readonly command: 'teams-create'; readonly env: Env; readonly team: string; readonly json: boolean }
  | { readonly command: 'teams-list'; readonly env: Env; readonly team?: string; readonly json: boolean }
  | { readonly command: 'plans-show'; readonly env: Env }
  | { readonly command: 'plans-set'; readonly env: Env; readonly file: string }
  | { readonly command: 'plans-assign'; readonly env: Env; readonly owner: string; readonly plan: string };

const flags = {
  ...envFlags,
  owner: { type: 'string' },
  team: { type: 'string' },
  name: { type: 'string' },
  scopes: { type: 'string' },
  'expires-at': { type: 'string' },
  overlap: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

const general = ['port', 'host', 'data-dir', 'cache-dir', 'log-level'] as const;

/** Flags that a command understands beside the general ones, and the number of words that follow its name. */
const commands: Readonly<Record<string, { readonly flags: readonly string[]; readonly words: number }>> = {
  up: { flags: ['gateways', 'command-handlers', 'queries'], words: 0 },
  status: { flags: ['json'], words: 0 },
  rebuild: { flags: [], words: 0 },
  'keys-create': { flags: ['owner', 'name', 'scopes', 'expires-at', 'json'], words: 0 },
  'keys-list': { flags: ['owner', 'json'], words: 0 },
  'keys-log': { flags: ['owner', 'json'], words: 0 },
  'keys-rotate': { flags: ['overlap', 'json'], words: 1 },
  'keys-revoke': { flags: ['json'], words: 1 },
  'jobs-list': { flags: ['owner', 'json'], words: 0 },
  'jobs-show': { flags: ['owner', 'json'], words: 1 },
  'jobs-cancel': { flags: ['owner', 'json'], words: 1 },
  'jobs-retry': { flags: ['owner', 'json'], words: 1 },
  'teams-create': { flags: ['json'], words: 1 },
  'teams-add': { flags: ['json'], words: 2 },
  'teams-remove': { flags: ['json'], words: 2 },
  'teams-list': { flags: ['team', 'json'], words: 0 },
  'plans-show': { flags: [], words: 0 },
  'plans-set': { flags: [], words: 1 },
  'plans-assign': { flags: [], words: 2 },
};

/** First words that are followed by what to do. */
const groups: ReadonlySet<string> = new Set(['jobs', 'keys', 'plans', 'teams']);

/** What the words after a command's name are. */
const wordsOf: Readonly<Record<string, string>> = {
  'keys-rotate': 'the id of a key',
  'keys-revoke': 'the id of a key',
  'jobs-show': 'the id of a job',
  'jobs-cancel': 'the id of a job',
  'jobs-retry': 'the id of a job',
  'teams-create': 'the name of a team',
  'teams-add': 'TEAM or USER',
  'teams-remove': 'TEAM or USER',
  'plans-set': 'the file of plans',
  'plans-assign': 'OWNER or PLAN',
};

/** Reads the command line. @throws UsageError */
export function readRequest(args: readonly string[], source: Readonly<Record<string, string | undefined>>): Request {
  const { values, positionals } = parseWords(args);
  if (values.version) return { command: 'version' };
  const [first, second, ...rest] = positionals;
  if (values.help || first === undefined || first === 'help') return { command: 'help' };
  const command = groups.has(first) ? `${first}-${second ?? ''}` : first;
  const words = groups.has(first) ? rest : positionals.slice(1);
  const known = commands[command];
  if (!known && groups.has(first)) {
    const what = second === undefined ? `"memlane ${first}" does one of these:` : `unknown command: ${first} ${second}`;
    throw new UsageError(`${what}\n\n${helpOf(first)}`);
  }
  if (!known) throw new UsageError(`unknown command: ${positionals.join(' ')}`);
  for (const name of Object.keys(values)) {
    if (!known.flags.includes(name) && !general.some((flag) => flag === name)) {
      throw new UsageError(`--${name} does not belong to "memlane ${command.replace('-', ' ')}"`);
    }
  }
  if (words.length !== known.words) {
    const wanted = wordsOf[command];
    throw new UsageError(
      wanted === undefined || words.length > known.words ? `unexpected: ${words.join(' ')}` : `${wanted} is missing`,
    );
  }
  const env = mergeEnv(values, source);
  const json = values.json ?? false;
  switch (command) {
    case 'keys-create':
      return {
        command,
        env,
        owner: readOwner(values.owner),
        name: values.name ?? 'cli',
        ...(values.scopes === undefined ? {} : { scopes: readScopes(values.scopes) }),
        ...(values['expires-at'] === undefined ? {} : { expiresAt: readTime(values['expires-at']) }),
        json,
      };
    case 'jobs-list':
    case 'keys-list':
    case 'keys-log':
      return { command, env, json, ...(values.owner === undefined ? {} : { owner: readOwner(values.owner) }) };
    case 'keys-rotate':
      return { command, env, json, id: words[0] ?? '', overlapSeconds: readOverlap(values.overlap ?? '0') };
    case 'keys-revoke':
      return { command, env, json, id: words[0] ?? '' };
    case 'jobs-show':
    case 'jobs-cancel':
    case 'jobs-retry':
      return { command, env, json, owner: readOwner(values.owner), id: readJobId(words[0] ?? '') };
    case 'teams-create':
      return { command, env, json, team: readTeam(words[0] ?? '') };
    case 'teams-add':
    case 'teams-remove':
      return { command, env, json, team: readTeam(words[0] ?? ''), member: readOwner(words[1] ?? '', 'USER') };
    case 'teams-list':
      return { command, env, json, ...(values.team === undefined ? {} : { team: readTeam(values.team) }) };
    case 'plans-show':
      return { command, env };
    case 'plans-set':
      return { command, env, file: words[0] ?? '' };
    case 'plans-assign':
      return { command, env, owner: readOwner(words[0] ?? '', 'OWNER'), plan: words[1] ?? '' };
    case 'status':
      return { command, env, json };
    case 'rebuild':
      return { command, env };
    default:
      return { command: 'up', env };
  }
}

function parseWords(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readOwner(text: string | undefined, name = '--owner'): string {
  if (text === undefined) throw new UsageError(`${name} is missing: the user that it is about`);
  const parsed = fields.owner.safeParse(text);
  if (!parsed.success) throw new UsageError(`${name}: 1 to 64 of a-z, 0-9, "_" and "-"`);
  return parsed.data;
}

function readJobId(text: string): string {
  const parsed = jobsInput.shape.id.safeParse(text);
  if (!parsed.success || parsed.data === undefined) throw new UsageError(`"${text}" is not the id of a job`);
  return parsed.data;
}

function readTeam(text: string): string {
  const parsed = teamId.safeParse(text);
  if (!parsed.success) throw new UsageError(`TEAM: ${parsed.error.issues[0]?.message ?? 'is not the name of a team'}`);
  return parsed.data;
}

function readScopes(text: string): Scope[] {
  return text.split(',').map((word) => {
    const scope = scopes.find((known) => known === word.trim());
    if (scope === undefined) throw new UsageError(`--scopes: "${word}" is not one of ${scopes.join(', ')}`);
    return scope;
  });
}
