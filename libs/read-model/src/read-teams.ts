import { TEAM_PREFIX } from '@memlane/contracts';
import { prepareOnce, type Db } from '@memlane/projection';

/** The teams of this file that a user is in. Nobody is in a parked one: who was taken out since cannot be seen here. */
export function teamsOf(db: Db, user: string): string[] {
  const sql = `SELECT w.owner FROM team_member t JOIN owner w ON w.key = t.team
     WHERE t.member = ? AND w.owner NOT IN (SELECT owner FROM parked) ORDER BY w.owner`;
  return prepareOnce<{ owner: string }>(db, sql)
    .all(user)
    .map(({ owner }) => owner);
}

/** The teams that an owner shares any of some tags with. */
export function teamsSharedWith(db: Db, { owner, tags }: { owner: string; tags: readonly string[] }): string[] {
  const sql = `SELECT DISTINCT grantee FROM share WHERE owner = (SELECT key FROM owner WHERE owner = :owner)
     AND tag IN (SELECT value FROM json_each(:tags)) AND grantee GLOB :teams`;
  return prepareOnce<{ grantee: string }>(db, sql)
    .all({ owner, tags: JSON.stringify(tags), teams: `${TEAM_PREFIX}*` })
    .map(({ grantee }) => grantee);
}
