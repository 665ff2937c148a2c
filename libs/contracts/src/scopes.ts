/** What a credential may be used for; `admin` implies every other. */
export const scopes = ['memory:read', 'memory:write', 'code:read', 'code:write', 'admin'] as const;
export type Scope = (typeof scopes)[number];
