import { fields, scopes } from '@memlane/contracts';
import type { EventLog } from '@memlane/event-log';
import { z } from 'zod';
import { runOperatorCommand } from './operator-commands.js';
import { openKeyBucket } from './key-bucket.js';

/** A key as it was kept before accounts were events, under `key.<sha256 of the key>`. */
const legacyKey = z.object({
  id: z.string(),
  prefix: z.string(),
  owner: fields.owner,
  name: z.string(),
  scopes: z.array(z.enum(scopes)),
  expires_at: z.string().optional(),
});

const ENTRY = 'key.';

/**
 * Makes events of the keys in the bucket of earlier versions, once; they go on working. Killed in the
 * middle, it goes on where it was: a key leaves the bucket when its event is there.
 *
 * @returns how many keys it took over
 */
export async function importLegacyKeys(log: EventLog): Promise<number> {
  const bucket = await openKeyBucket(log.nc);
  let imported = 0;
  for await (const entry of await bucket.keys(`${ENTRY}*`)) {
    const value = await bucket.get(entry);
    const parsed = value?.operation === 'PUT' ? legacyKey.safeParse(value.json()) : undefined;
    if (!parsed?.success) continue;
    const { owner, id, name, prefix, scopes: allowed, expires_at: expiresAt = null } = parsed.data;
    const hash = entry.slice(ENTRY.length);
    const payload = {
      id,
      name,
      scopes: allowed,
      expires_at: expiresAt,
      secret: { kind: 'sha256', prefix, hash },
    } as const;
    if (expiresAt === null || expiresAt > new Date().toISOString()) {
      await runOperatorCommand(log, { owner, type: 'create-key', payload: { ...payload, scopes: [...allowed] } });
      imported += 1;
    }
    await bucket.delete(entry);
  }
  return imported;
}
