import { memlaneError, type MemlaneError } from '@memlane/contracts';

/** Of a repository that is not there, that is somebody else's, or that was never synced to its end. */
export function noRepository(): MemlaneError {
  return memlaneError('MEMLANE_ERR_NOT_FOUND', 'there is no indexed repository of this name', { field: 'repository' });
}
