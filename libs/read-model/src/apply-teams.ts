import type { TeamEvent } from '@memlane/contracts';
import type { Db } from '@memlane/projection';

/** Writes who is a member of a team. */
export interface TeamApplier {
  /** @param team key of the owner that the team is */
  apply(team: number, event: TeamEvent): void;
}

export function openTeamApplier(db: Db): TeamApplier {
  const add = db.prepare('INSERT OR IGNORE INTO team_member (team, member) VALUES (?, ?)');
  const remove = db.prepare('DELETE FROM team_member WHERE team = ? AND member = ?');
  return {
    apply(team, { type, data }) {
      if (type === 'team-member-added') add.run(team, data.member);
      else if (type === 'team-member-removed') remove.run(team, data.member);
    },
  };
}
