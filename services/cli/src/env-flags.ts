import { envTable, readEnv, type Env, type EnvName } from '@memlane/contracts';
import { UsageError } from './usage-error.js';

/** Flags that stand for an environment variable. */
const variables = {
  port: 'MEMLANE_PORT',
  host: 'MEMLANE_HOST',
  'data-dir': 'MEMLANE_DATA_DIR',
  'cache-dir': 'MEMLANE_CACHE_DIR',
  'log-level': 'MEMLANE_LOG_LEVEL',
  gateways: 'MEMLANE_GATEWAYS',
  'command-handlers': 'MEMLANE_COMMAND_HANDLERS',
  queries: 'MEMLANE_QUERIES',
} as const satisfies Readonly<Record<string, EnvName>>;

type EnvFlag = keyof typeof variables;

const names = Object.keys(variables) as EnvFlag[];

/** The same for `parseArgs`. */
export const envFlags = Object.fromEntries(names.map((flag) => [flag, { type: 'string' }])) as Readonly<
  Record<EnvFlag, { readonly type: 'string' }>
>;

/**
 * The environment with the flags that go before it.
 * @throws UsageError that names the flag, or the variable, of what is not valid
 */
export function mergeEnv(
  flags: Readonly<Partial<Record<EnvFlag, string>>>,
  source: Readonly<Record<string, string | undefined>>,
): Env {
  const given = names.flatMap((flag): [EnvName, string][] => {
    const value = flags[flag];
    if (value === undefined) return [];
    checkFlag(flag, value);
    return [[variables[flag], value]];
  });
  try {
    return readEnv({ ...source, ...Object.fromEntries(given) });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function checkFlag(flag: EnvFlag, value: string): void {
  if (value === '') throw new UsageError(`--${flag} is empty`);
  const { error } = envTable[variables[flag]].schema.safeParse(value);
  if (error) throw new UsageError(`--${flag}: ${error.issues[0]?.message ?? 'not valid'}`);
}
