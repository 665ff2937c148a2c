import { createKey, listKeys, revokeKey } from '@memlane/auth';
import type { Env } from '@memlane/contracts';
import { withNats } from './nats-access.js';
import type { Request } from './options.js';

type KeysRequest = Extract<Request, { command: `keys-${string}` }>;

/** Creates, lists or revokes API keys. */
export function runKeys(request: KeysRequest, write: (line: string) => void): Promise<void> {
  return withNats(request.env satisfies Env, async (nc) => {
    switch (request.command) {
      case 'keys-create': {
        const { owner, name, scopes } = request;
        const { key, id } = await createKey(nc, { owner, name, ...(scopes ? { scopes } : {}) });
        write(key);
        process.stderr.write(`key ${id} of ${owner}; it is shown only this once\n`);
        return;
      }
      case 'keys-list':
        for (const key of await listKeys(nc, request.owner)) {
          write([key.id, key.owner, key.name, key.scopes.join(','), key.created_at, key.expires_at ?? '-'].join('\t'));
        }
        return;
      case 'keys-revoke':
        await revokeKey(nc, request.id);
        write(`revoked ${request.id}`);
    }
  });
}
