import { z } from 'zod';
import * as field from './fields.js';

const member = z.strictObject({ member: field.owner.describe('Id of the user.') });

/** Payloads of the commands on a team, which is their owner. */
export const teamCommandPayloads = {
  'create-team': z.strictObject({}),
  'add-team-member': member,
  'remove-team-member': member,
} as const;

export type TeamCommandType = keyof typeof teamCommandPayloads;

interface MemberChange {
  readonly team: string;
  readonly member: string;
  /** Whether it was not so before. */
  readonly changed: boolean;
}

export interface TeamCommandResults {
  'create-team': { readonly team: string; readonly created: boolean };
  'add-team-member': MemberChange;
  'remove-team-member': MemberChange;
}
