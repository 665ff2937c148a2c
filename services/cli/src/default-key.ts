import { createKey, openKeyring } from '@memlane/auth';
import type { NatsConnection } from '@nats-io/nats-core';
import { readJsonFile, writeJsonFile } from '@memlane/supervision';
import { z } from 'zod';
import type { ConnectInfo } from './connect-info.js';

export const DEFAULT_OWNER = 'default';

const known = z.object({ key: z.string() });

/** Writes how to connect, with the key of the default user: the one from the last run as long as it is valid. */
export async function writeConnectInfo(nc: NatsConnection, path: string, url: string): Promise<ConnectInfo> {
  const last = known.safeParse(await readJsonFile(path));
  const key = last.success && (await isValid(nc, last.data.key)) ? last.data.key : await newKey(nc);
  const info = { url, key };
  await writeJsonFile(path, info);
  return info;
}

async function isValid(nc: NatsConnection, key: string): Promise<boolean> {
  const keyring = await openKeyring(nc);
  try {
    return keyring.verify(key) !== undefined;
  } finally {
    keyring.close();
  }
}

async function newKey(nc: NatsConnection): Promise<string> {
  const { key } = await createKey(nc, { owner: DEFAULT_OWNER, name: 'default' });
  return key;
}
