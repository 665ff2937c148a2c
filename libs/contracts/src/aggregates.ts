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
  'start-sync': 'repo',
  'plan-sync': 'repo',
  'record-files': 'repo',
  'complete-sync': 'repo',
  'fail-sync': 'repo',
  'cancel-sync': 'repo',
  'remove-repository': 'repo',
  'share-space': 'account',
  'unshare-space': 'account',
};

/** The aggregate that a command is decided on: the last token of its commits' subject. */
export function aggregateOf({ type, payload }: Pick<Command, 'type' | 'payload'>): string {
  const kind = kindByCommand[type];
  return kind === 'repo' && 'repository_id' in payload ? `${kind}-${payload.repository_id}` : kind;
}

/** The kind of an aggregate: the token itself, or what stands before its first dash (`repo-<id>`). */
export function kindOfAggregate(aggregate: string): AggregateKind | undefined {
  const [first] = aggregate.split('-', 1);
  return aggregateKinds.find((kind) => kind === first);
}
