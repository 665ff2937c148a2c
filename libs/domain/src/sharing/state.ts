import type { Access } from '@memlane/contracts';

/** One user or team that has access to one of the owner's spaces. */
export interface Share {
  readonly tag: string;
  /** Owner id of a user or team. */
  readonly grantee: string;
  readonly access: Access;
}

/** What one owner shares, as far as a decision looks at it. */
export interface SharingFactsReader {
  share(tag: string, grantee: string): Share | undefined;
  /** Everybody who has access to a space, by id. */
  sharesOf(tag: string): readonly Share[];
  /** Number of shares of all spaces. */
  count(): number;
}
