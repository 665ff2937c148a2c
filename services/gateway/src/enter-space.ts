import {
  memlaneError,
  MemlaneError,
  noSuchSpace,
  OWN_SPACE,
  parseSpace,
  readOnlySpace,
  type QueryAnswer,
  type Space,
} from '@memlane/contracts';
import { askQuery, type ReadPath } from './ask-query.js';
import type { StorageQuota } from './limits/storage-quota.js';

/** A space that a caller writes in, and to whom it is shared: the caller. */
export interface EnteredSpace extends Space {
  readonly grantee: string;
}

/**
 * Looks up whether a caller may write in a space. It keeps strangers out of the lane of its owner; whether the command
 * is accepted is decided there, by what is shared when its turn comes.
 *
 * @param name as the caller wrote it; without one, or with "own", the caller's own memories
 * @throws MemlaneError `MEMLANE_ERR_NOT_FOUND` for a space that is not shared with the caller, whether there is one or
 *   not, `MEMLANE_ERR_FORBIDDEN` for one to read only
 */
export async function enterSpace(
  path: ReadPath,
  caller: string,
  name: string = OWN_SPACE,
): Promise<EnteredSpace | undefined> {
  const space = parseSpace(name);
  if (!space) return undefined;
  if (space.owner === caller) return { ...space, grantee: caller };
  const { access, grantee } = await askAccess(path, caller, name);
  if (access !== 'write') throw new MemlaneError(readOnlySpace('space'));
  return { ...space, grantee };
}

async function askAccess(path: ReadPath, caller: string, name: string): Promise<QueryAnswer<'space-access'>> {
  try {
    const { data } = await askQuery(path, 'space-access', caller, { spaces: [name] });
    return data as QueryAnswer<'space-access'>;
  } catch (error) {
    if (error instanceof MemlaneError && error.body.code === 'MEMLANE_ERR_NOT_FOUND')
      throw new MemlaneError(noSuchSpace('space'));
    throw error;
  }
}

/**
 * Holds a store against the plan of whose memories it becomes part of. How much somebody else has stored, and under
 * which plan, is not the writer's to know.
 *
 * @throws MemlaneError `MEMLANE_ERR_QUOTA_EXCEEDED`
 */
export async function reserveRoom(
  storage: StorageQuota,
  caller: string,
  space: EnteredSpace | undefined,
  bytes: number,
): Promise<void> {
  const owner = space?.owner ?? caller;
  try {
    await storage.reserve(owner, bytes);
  } catch (error) {
    if (owner === caller || !(error instanceof MemlaneError)) throw error;
    throw memlaneError('MEMLANE_ERR_QUOTA_EXCEEDED', 'the owner of the space has no room for it', { field: 'space' });
  }
}
