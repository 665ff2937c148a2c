import {
  createKey,
  importLegacyKeys,
  listKeys,
  keyBucketWhenNeeded,
  readAccountCommits,
  revokeKey,
  rotateKey,
  viewOfKey,
} from '@memlane/auth';
import type { KeyView } from '@memlane/contracts';
import type { EventLog } from '@memlane/event-log';
import { describeAccountCommit } from './describe-account.js';
import { withLog } from './nats-access.js';
import type { Request } from './options.js';

type KeysRequest = Extract<Request, { command: `keys-${string}` }>;

/** Creates, lists, rotates and revokes API keys, and shows what happened to accounts. */
export function runKeys(request: KeysRequest, write: (line: string) => void): Promise<void> {
  return withLog(request.env, async (log) => {
    await importLegacyKeys(log);
    const tell = (value: object, line: string) => {
      write(request.json ? JSON.stringify(value) : line);
    };
    switch (request.command) {
      case 'keys-create': {
        const { owner, name, scopes, expiresAt } = request;
        const made = await createKey(log, { owner, name, scopes, expiresAt });
        tell({ ...made, owner, name }, made.key);
        process.stderr.write(`key ${made.id} of ${owner}; it is shown only this once\n`);
        return;
      }
      case 'keys-list':
        for (const key of await listWithUse(log, request.owner)) {
          const { id, owner, name, scopes, created_at, expires_at, last_used_at } = key;
          tell(key, [id, owner, name, scopes.join(','), created_at, expires_at ?? '-', last_used_at ?? '-'].join('\t'));
        }
        return;
      case 'keys-rotate': {
        const rotated = await rotateKey(log, request.id, request.overlapSeconds);
        const { id, key, previous_until } = rotated;
        tell(rotated, key);
        process.stderr.write(
          `the new text of key ${id}; it is shown only this once. The one before ` +
            `${previous_until === null ? 'does not work any more' : `works until ${previous_until}`}\n`,
        );
        return;
      }
      case 'keys-revoke':
        await revokeKey(log, request.id);
        tell({ id: request.id }, `revoked ${request.id}`);
        return;
      case 'keys-log':
        for await (const commit of readAccountCommits(log, request.owner))
          for (const entry of describeAccountCommit(commit)) {
            const { at, owner, event, about, actor, client } = entry;
            tell(entry, [at, owner, event, about ?? '-', actor, client].join('\t'));
          }
    }
  });
}

async function listWithUse(log: EventLog, owner: string | undefined): Promise<KeyView[]> {
  const bucket = keyBucketWhenNeeded(log.nc);
  const views: KeyView[] = [];
  for (const listed of await listKeys(log, owner)) views.push(await viewOfKey(bucket, listed));
  return views;
}
