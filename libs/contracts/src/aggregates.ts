import type { Command, CommandType } from './commands.js';

/** What an owner has: all memories are one aggregate, the account is one, and each repository is one. */
export const aggregateKinds = ['memory', 'account', 'repo'] as const;

export type AggregateKind = (typeof aggregateKinds)[number];

/** The kind of aggregate that each command is decided on. */
const kindByCommand: Readonly<Record<CommandType, AggregateKind>> = {
  'store-memory': 'memory',
  'store-memories': 'memory',
  'update-memory': 'memory',
  'delete-memories': 'memory',
  'create-key': 'account',
  'rotate-key': 'account',
  'revoke-key': 'account',
  'sync-repository': 'repo',
  'retry-sync': 'repo',
  'auto-sync': 'repo',
  'set-auto-sync': 'repo',
  'want-sync': 'repo',
  'start-sync': 'repo',
  'plan-sync': 'repo',
  'record-files': 'repo',
  'complete-sync': 'repo',
  'fail-sync': 'repo',
  'cancel-sync': 'repo',
  'remove-repository': 'repo',
  'share-space': 'account',
  'unshare-space': 'account',
  'create-team': 'account',
  'add-team-member': 'account',
  'remove-team-member': 'account',
};

/**
 * Begins the aggregate of how a repository syncs by itself, which is a part of the repository: its last commit is not to
 * hide how the last job of the repository is.
 */
const AUTO_SYNC = 'auto';

/** The aggregate that a command is decided on: the last token of its commits' subject. */
export function aggregateOf({ type, payload }: Pick<Command, 'type' | 'payload'>): string {
  const kind = kindByCommand[type];
  if (kind !== 'repo' || !('repository_id' in payload)) return kind;
  const isAutoSync = type === 'set-auto-sync' || type === 'want-sync';
  return `${isAutoSync ? AUTO_SYNC : kind}-${payload.repository_id}`;
}

/** The kind of an aggregate: the token itself, or what stands before its first dash (`repo-<id>`, `auto-<id>`). */
export function kindOfAggregate(aggregate: string): AggregateKind | undefined {
  const [first] = aggregate.split('-', 1);
  return first === AUTO_SYNC ? 'repo' : aggregateKinds.find((kind) => kind === first);
}
