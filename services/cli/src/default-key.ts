import { createKey, openKeyring } from '@memlane/auth';
import type { EventLog } from '@memlane/event-log';
import { readJsonFile, writeJsonFile } from '@memlane/supervision';
import { z } from 'zod';
import type { ConnectInfo } from './connect-info.js';

export const DEFAULT_OWNER = 'default';

/** The first start may have to wait for a command handler on a slow machine. */
const CREATED_WITHIN_MS = 120_000;

const known = z.object({ key: z.string() });

/** Writes how to connect, with the key of the default user: the one from the last run as long as it is valid. */
export async function writeConnectInfo(log: EventLog, path: string, url: string): Promise<ConnectInfo> {
  const last = known.safeParse(await readJsonFile(path));
  const key = last.success && (await isValid(log, last.data.key)) ? last.data.key : await newKey(log);
  const info = { url, key };
  await writeJsonFile(path, info);
  return info;
}

async function isValid(log: EventLog, key: string): Promise<boolean> {
  const keyring = await openKeyring(log);
  try {
    return (await keyring.verify(key)) !== undefined;
  } finally {
    await keyring.close();
  }
}

async function newKey(log: EventLog): Promise<string> {
  const { key } = await createKey(log, { owner: DEFAULT_OWNER, name: 'default' }, CREATED_WITHIN_MS);
  return key;
}
