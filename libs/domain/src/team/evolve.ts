import type { TeamEvent } from '@memlane/contracts';

/** The members of a team after an event, given those before it; of no team yet, none. */
export function evolveTeam(members: ReadonlySet<string> = new Set(), event: TeamEvent): ReadonlySet<string> {
  if (event.type === 'team-created') return members;
  const after = new Set(members);
  if (event.type === 'team-member-added') after.add(event.data.member);
  else after.delete(event.data.member);
  return after;
}
