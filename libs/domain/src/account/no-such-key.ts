import { errorBody } from '@memlane/contracts';

/** The same for a key that never was, was revoked, or has expired. */
export const noSuchKey = {
  kind: 'rejected',
  error: errorBody('MEMLANE_ERR_NOT_FOUND', 'there is no key with this id', { field: 'id' }),
} as const;
