import { z } from 'zod';
import { overlapSeconds } from './account-commands.js';
import * as field from './fields.js';
import { limit } from './limits.js';
import { teamId } from './teams.js';

const page = {
  limit: z.coerce
    .number()
    .pipe(z.int().min(1).max(limit('results_per_page')))
    .default(50),
  cursor: field.cursor.optional(),
};

/** Query of `GET /admin/keys`. */
export const listKeysQuery = z.strictObject({ owner: field.owner.optional(), ...page });

/** Query of `GET /admin/accounts`. */
export const listAccountsQuery = z.strictObject(page);

/** Query of `GET /admin/teams`. */
export const listTeamsQuery = z.strictObject(page);

/** Body of `POST /admin/teams`, and what the paths below it name. */
export const namedTeam = z.strictObject({ team: teamId });

/** Body of `POST /admin/keys/{id}/rotate`. */
export const rotateKeyBody = z.strictObject({ overlap_seconds: overlapSeconds.default(0) });

/** A key as administrators see it: without its secret. Times are ISO 8601 in UTC. */
export interface KeyView {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly created_at: string;
  readonly expires_at: string | null;
  /** To within `key_use_ms`; null: never, as far as is known. */
  readonly last_used_at: string | null;
}
