import { z } from 'zod';

/** A number that comes as text; whoever gives another one is told which would do. */
function whole(least: number, most = Number.MAX_SAFE_INTEGER) {
  const error =
    most === Number.MAX_SAFE_INTEGER ? `a whole number from ${least}` : `a whole number, ${least} to ${most}`;
  return z.coerce.number({ error }).int({ error }).min(least, { error }).max(most, { error });
}

/** Environment variables of the services: `memlane up` sets them for its children, deployments set them themselves. */
const table = {
  MEMLANE_NATS_URL: {
    schema: z.string().default('nats://127.0.0.1:4222'),
    meaning: 'NATS server to use; of a cluster several, comma-separated.',
  },
  MEMLANE_NATS_USER: { schema: z.string().optional(), meaning: 'NATS user.' },
  MEMLANE_NATS_PASSWORD: { schema: z.string().optional(), meaning: 'NATS password.' },
  MEMLANE_NATS_INBOX_PREFIX: {
    schema: z.string().optional(),
    meaning: 'Prefix of the subjects on which NATS answers this user; default: `_INBOX`.',
  },
  MEMLANE_NATS_SERVER: {
    schema: z.string().optional(),
    meaning: 'nats-server program that `memlane up` runs; without one it is looked for, then fetched.',
  },
  MEMLANE_DATA_DIR: { schema: z.string().default('./.memlane'), meaning: 'Folder of everything that is kept.' },
  MEMLANE_CACHE_DIR: { schema: z.string().optional(), meaning: 'Folder of downloaded parts; default: the user cache.' },
  MEMLANE_HOST: { schema: z.string().default('127.0.0.1'), meaning: 'Address that the gateway listens on.' },
  MEMLANE_PORT: { schema: whole(0, 65_535).default(7400), meaning: 'Port of the gateway.' },
  MEMLANE_ALLOWED_HOSTS: {
    schema: z.string().optional(),
    meaning: 'Comma-separated host names that requests may be addressed to, beside loopback names.',
  },
  MEMLANE_OAUTH_ISSUERS: {
    schema: z.string().optional(),
    meaning: 'Comma-separated OAuth issuers whose access tokens are accepted beside API keys; unset: none.',
  },
  MEMLANE_OAUTH_RESOURCE: {
    schema: z.string().optional(),
    meaning: 'Public URL of MCP, e.g. https://memory.example/mcp: the audience that access tokens must have.',
  },
  MEMLANE_LOG_LEVEL: {
    schema: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    meaning: 'Lowest level that is logged.',
  },
  MEMLANE_PARTITIONS: {
    schema: whole(1, 256).default(16),
    meaning: 'Partitions of a new log; must equal the recorded number of an existing one.',
  },
  MEMLANE_REPLICAS: { schema: whole(1, 5).default(1), meaning: 'Replicas of every stream.' },
  MEMLANE_GATEWAYS: {
    schema: whole(1, 16).default(1),
    meaning: 'Gateways that `memlane up` runs; they share the port.',
  },
  MEMLANE_COMMAND_HANDLERS: {
    schema: whole(1, 16).default(1),
    meaning: 'Command handlers that `memlane up` runs; they share the partitions.',
  },
  MEMLANE_QUERIES: {
    schema: whole(1, 16).default(1),
    meaning: 'Query processes that `memlane up` runs.',
  },
  MEMLANE_INSTANCE: {
    schema: whole(1, 256).default(1),
    meaning:
      'Which of several processes of a service on one machine this is; each keeps its own copy of what it derives.',
  },
  MEMLANE_CHROMA_URL: { schema: z.string().optional(), meaning: 'Chroma server; without one all search is exact.' },
  MEMLANE_CHROMA_FROM: {
    schema: whole(0).default(1_000),
    meaning: 'Number of vectors from which an owner gets a Chroma collection.',
  },
  MEMLANE_EMBEDDINGS: {
    schema: z.enum(['local', 'none']).default('local'),
    meaning: 'Embedding provider; none: text search only.',
  },
  MEMLANE_MODEL_DIR: {
    schema: z.string().optional(),
    meaning: 'Folder of the local model (model.onnx, tokenizer.json, manifest.json); without one: text search only.',
  },
  MEMLANE_PLANS: {
    schema: z.string().optional(),
    meaning: 'File of the plans of a new system (JSON); once there are plans, `memlane plans set` changes them.',
  },
  MEMLANE_REPOSITORY_ROOTS: {
    schema: z.string().optional(),
    meaning: 'Folders, separated by ":", below which local repositories may be synced; unset: none.',
  },
  MEMLANE_REPOSITORY_HOSTS: {
    schema: z.string().optional(),
    meaning:
      'Comma-separated hosts, each with or without a port, whose repositories may be synced although their addresses are private ' +
      'or loopback ones; unset: none.',
  },
  MEMLANE_GIT_CA_FILE: {
    schema: z.string().optional(),
    meaning: 'File of the certificates (PEM) that git servers are checked by, in place of those of the system.',
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    schema: z.string().optional(),
    meaning: 'Where traces go (OTLP/HTTP); unset: nowhere.',
  },
} as const;

export type EnvName = keyof typeof table;
export type Env = { readonly [N in EnvName]: z.output<(typeof table)[N]['schema']> };

/** Name and meaning of every variable; the reference is generated from it. */
export const envTable: Readonly<Record<EnvName, { readonly schema: z.ZodType; readonly meaning: string }>> = table;

/** Reads the variables. @throws Error that names the variable, when one is not valid. */
export function readEnv(source: Readonly<Record<string, string | undefined>>): Env {
  const values: Record<string, unknown> = {};
  for (const [name, { schema }] of Object.entries(table)) {
    const parsed = schema.safeParse(source[name] === '' ? undefined : source[name]);
    if (!parsed.success) throw new Error(`${name}: ${parsed.error.issues[0]?.message ?? 'not valid'}`);
    values[name] = parsed.data;
  }
  return values as Env;
}
