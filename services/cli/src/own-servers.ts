import { inboxPrefixOf, NATS_OPERATOR, type Env, type NatsUserName } from '@memlane/contracts';
import {
  findFreePort,
  newNatsPassword,
  newServicePasswords,
  startChromaServer,
  startNats,
  type DataFolder,
  type PartDefinition,
  type Runtime,
} from '@memlane/supervision';
import type { PreparedParts } from './prepare-parts.js';
import { CHROMA_NICE, CHROMA_STOP_ORDER, NATS_STOP_ORDER } from './service-table.js';

const PART_GRACE_MS = 10_000;

/** A process to supervise. */
export type PartToKeep = Pick<PartDefinition, 'name' | 'start' | 'graceMs'> & {
  /** Part of its command line by which a later run knows it. */
  readonly marker: string;
  readonly stopOrder: number;
  /** See `Service`. */
  readonly without?: string | undefined;
};

interface ServerSettings {
  readonly env: Env;
  readonly folder: DataFolder;
  readonly parts: PreparedParts;
}

/** How a service reaches NATS. */
export type ServiceAccess = Runtime['nats'] & { readonly inbox_prefix?: string };

export interface ChosenNats {
  /** How whoever administers reaches it. */
  readonly access: Runtime['nats'];
  readonly accessOf: (service: NatsUserName) => ServiceAccess;
  readonly start?: PartToKeep;
}

/** Our own server on a free port with passwords of this run, or one that was given, whose one user all services share. */
export async function chooseNats({ env, folder, parts }: ServerSettings): Promise<ChosenNats> {
  const { nats: program } = parts;
  if (!program) {
    const access: ServiceAccess = {
      url: env.MEMLANE_NATS_URL,
      ...(env.MEMLANE_NATS_USER === undefined ? {} : { user: env.MEMLANE_NATS_USER }),
      ...(env.MEMLANE_NATS_PASSWORD === undefined ? {} : { password: env.MEMLANE_NATS_PASSWORD }),
      ...(env.MEMLANE_NATS_INBOX_PREFIX === undefined ? {} : { inbox_prefix: env.MEMLANE_NATS_INBOX_PREFIX }),
    };
    return { access, accessOf: () => access };
  }
  const dir = folder.paths.nats;
  const port = await findFreePort();
  const password = newNatsPassword();
  const servicePasswords = newServicePasswords();
  const url = `nats://127.0.0.1:${port}`;
  return {
    access: { url, user: NATS_OPERATOR, password },
    accessOf: (user) => ({ url, user, password: servicePasswords[user], inbox_prefix: inboxPrefixOf(user) }),
    start: {
      name: 'nats-server',
      marker: dir,
      graceMs: PART_GRACE_MS,
      stopOrder: NATS_STOP_ORDER,
      start: () => startNats(program, { dir, port, password, servicePasswords, partitions: env.MEMLANE_PARTITIONS }),
    },
  };
}

/** Our own server on a free port, one that was given, or none. */
export async function chooseChroma({
  env,
  folder,
  parts,
}: ServerSettings): Promise<{ url?: string; start?: PartToKeep }> {
  const { chroma: program } = parts;
  if (!program) return env.MEMLANE_CHROMA_URL === undefined ? {} : { url: env.MEMLANE_CHROMA_URL };
  const dir = folder.paths.chroma;
  const port = await findFreePort();
  return {
    url: `http://127.0.0.1:${port}`,
    start: {
      name: 'chroma',
      marker: dir,
      graceMs: PART_GRACE_MS,
      stopOrder: CHROMA_STOP_ORDER,
      without: 'search goes on without Chroma',
      start: () => startChromaServer(program, { dir, port, nice: CHROMA_NICE }),
    },
  };
}
