import { z } from 'zod';
import { OWNER_PATTERN } from './subjects.js';

/** What the ids of teams begin with; no user's does. */
export const TEAM_PREFIX = 'team-';

/** Whether an owner is a team: a name for several users, with no memories and no keys of its own. */
export function isTeam(owner: string): boolean {
  return owner.startsWith(TEAM_PREFIX);
}

/** The id of a team by its name, or by its id. */
export const teamId = z
  .string()
  .transform((name) => (isTeam(name) ? name : TEAM_PREFIX + name))
  .refine((id) => OWNER_PATTERN.test(id) && id.length > TEAM_PREFIX.length, {
    error: `is not the name of a team: a-z, 0-9, "_" and "-", with "${TEAM_PREFIX}" up to 64 characters`,
  });
