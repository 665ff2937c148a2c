import type { AccountCommit } from '@memlane/auth';

/** One event of an account, as an audit shows it. */
export interface AccountEntry {
  /** When it was decided, ISO 8601 UTC. */
  readonly at: string;
  readonly owner: string;
  readonly event: string;
  /** The key, or the member of a team, that it is about. */
  readonly about: string | null;
  /** Id of the key that was used for it, or `operator`. */
  readonly actor: string;
  readonly client: string;
}

/** The events of a commit, without what is kept of secrets. Events of a newer Memlane are named all the same. */
export function describeAccountCommit({ at, owner, actor, client, events }: AccountCommit): AccountEntry[] {
  return events.map(({ type, data }) => {
    const { id, member } = (data ?? {}) as { readonly id?: unknown; readonly member?: unknown };
    const about = [id, member].find((one) => typeof one === 'string') ?? null;
    return { at, owner, event: type, about, actor, client };
  });
}
