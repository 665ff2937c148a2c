import type { Access } from '@memlane/contracts';
import { prepareOnce, type Db } from '@memlane/projection';

interface ShareRow {
  readonly tag: string;
  readonly access: Access;
  /** When this access was given, ISO 8601 UTC. */
  readonly at: string;
}

export interface GivenShare extends ShareRow {
  readonly grantee: string;
}

export interface ReceivedShare extends ShareRow {
  readonly owner: string;
  readonly grantee: string;
}

/** What one of several grantees may do in a space. */
export interface Grant {
  readonly access: Access;
  readonly grantee: string;
}

/**
 * The widest access that any of the grantees has to the owner's memories with a tag. Nobody has access to those of a parked
 * owner: what was taken back since cannot be seen in this file.
 */
export function grantOf(
  db: Db,
  { owner, tag, grantees }: { owner: string; tag: string; grantees: readonly string[] },
): Grant | undefined {
  if (isParked(db, owner)) return undefined;
  // `write` sorts after `read`.
  return prepareOnce<Grant>(
    db,
    `SELECT access, grantee FROM share WHERE owner = (SELECT key FROM owner WHERE owner = :owner)
       AND tag = :tag AND grantee IN (SELECT value FROM json_each(:grantees)) ORDER BY access DESC, grantee LIMIT 1`,
  ).get({ owner, tag, grantees: JSON.stringify(grantees) });
}

/** Whether an owner's commits are passed over in this file. */
function isParked(db: Db, owner: string): boolean {
  return prepareOnce(db, 'SELECT 1 FROM parked WHERE owner = ?').get(owner) !== undefined;
}

/** What an owner shares, by tag and grantee. */
export function listGiven(db: Db, owner: string): GivenShare[] {
  return prepareOnce<GivenShare>(
    db,
    `SELECT tag, grantee, access, at FROM share WHERE owner = (SELECT key FROM owner WHERE owner = ?)
     ORDER BY tag, grantee`,
  ).all(owner);
}

/**
 * What the owners of this file share with any of the grantees, by owner and tag, and how many there are. What is a
 * grantee's own, shared with a team of his, is none of it.
 *
 * @param max most rows that are returned
 */
export function listReceived(
  db: Db,
  grantees: readonly string[],
  max: number,
): { readonly shares: ReceivedShare[]; readonly total: number } {
  const from = `FROM share s JOIN owner w ON w.key = s.owner
     WHERE s.grantee IN (SELECT value FROM json_each(:grantees)) AND w.owner NOT IN (SELECT owner FROM parked)
       AND w.owner NOT IN (SELECT value FROM json_each(:grantees))`;
  const params = { grantees: JSON.stringify(grantees) };
  const counted = prepareOnce<{ n: number }>(db, `SELECT count(*) AS n ${from}`).get(params);
  const shares = prepareOnce<ReceivedShare>(
    db,
    `SELECT w.owner, s.tag, s.grantee, s.access, s.at ${from} ORDER BY w.owner, s.tag, s.grantee LIMIT :max`,
  ).all({ ...params, max });
  return { shares, total: counted?.n ?? 0 };
}
