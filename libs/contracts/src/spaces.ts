import { errorBody, type ErrorBody } from './errors.js';
import { OWNER_PATTERN } from './subjects.js';

/** Stands for a caller's own memories where spaces are named. */
export const OWN_SPACE = 'own';

/** What a grant allows; `write` includes reading. */
export const accesses = ['read', 'write'] as const;
export type Access = (typeof accesses)[number];

/** A space: the memories of one owner that carry one tag. */
export interface Space {
  readonly owner: string;
  readonly tag: string;
}

/** Wire form `<owner>/<tag>`. */
export function formatSpace({ owner, tag }: Space): string {
  return `${owner}/${tag}`;
}

/** Reads the wire form; `undefined` when it is not one. A tag may contain slashes, an owner cannot. */
export function parseSpace(text: string): Space | undefined {
  const slash = text.indexOf('/');
  const [owner, tag] = [text.slice(0, slash), text.slice(slash + 1)];
  return slash > 0 && tag !== '' && OWNER_PATTERN.test(owner) ? { owner, tag } : undefined;
}

/** How somebody gets at the memories of an owner: through a space. Part of the command, and judged when it is decided. */
export interface SpaceEntry {
  readonly tag: string;
  /** Id of the user who writes. */
  readonly caller: string;
  /** To whom the space is shared: the caller, or a team that the caller is in, as was looked up for this command. */
  readonly grantee: string;
}

/** One answer for a space that is not there and for one that is not shared: a caller cannot tell them apart. */
export function noSuchSpace(field: string): ErrorBody {
  return errorBody('MEMLANE_ERR_NOT_FOUND', `${field}: there is no such space`, { field });
}

/** For a user who may read a space and wants to write in it. */
export function readOnlySpace(field: string): ErrorBody {
  return errorBody('MEMLANE_ERR_FORBIDDEN', `${field}: is shared with you for reading only`, { field });
}
