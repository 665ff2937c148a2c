import { z } from 'zod';
import type { EventIn } from './event-table.js';

const member = z.object({ member: z.string() });

/** Newest version and schema of the events of a team's account. */
export const teamEventTypes = {
  'team-created': { version: 1, data: z.object({}) },
  'team-member-added': { version: 1, data: member },
  'team-member-removed': { version: 1, data: member },
} as const;

/** What happened to a team. */
export type TeamEvent = EventIn<typeof teamEventTypes>;

export function isTeamEvent<E extends { readonly type: string }>(event: E): event is E & TeamEvent {
  return Object.hasOwn(teamEventTypes, event.type);
}
