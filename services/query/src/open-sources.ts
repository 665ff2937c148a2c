import {
  formatSpace,
  memlaneError,
  MemlaneError,
  noSuchSpace,
  OWN_SPACE,
  parseSpace,
  type QueryInput,
} from '@memlane/contracts';
import type { Db } from '@memlane/projection';
import { grantOf, teamsOf, teamsSharedWith, type Grant } from '@memlane/read-model';
import type { Standing } from './freshness.js';
import type { QueryContext } from './query-context.js';
import type { ReachedTeam, Source } from './source.js';

/** What a read looks into, and where the caller's own read model stands. */
export interface OpenSources {
  readonly standing: Standing;
  readonly sources: readonly Source[];
}

type SourceInput = Pick<QueryInput<'search-memories'>, 'spaces' | 'position'>;

/** The sources that a read names, its position reached in each. Nothing may be read of them before {@link checkAccess}. */
export async function openSources(
  context: QueryContext,
  caller: string,
  { spaces: names = [OWN_SPACE], position }: SourceInput,
): Promise<OpenSources> {
  const { freshness } = context;
  const named = names.flatMap((name) => parseSpace(name) ?? []);
  const tagsOf = (owner: string) => named.filter((space) => space.owner === owner).map(({ tag }) => tag);
  const others = [...new Set(named.map(({ owner }) => owner))].filter((owner) => owner !== caller);
  // A write to somebody else's space answers with a position of theirs.
  const isOf = (owner: string) => position !== undefined && freshness.isOf(position, owner);
  const isTheirs = !isOf(caller) && others.some(isOf);
  const [standing, ...shared] = await Promise.all([
    freshness.reach(caller, isTheirs ? undefined : position),
    ...others.map(async (owner): Promise<Source> => {
      const reached = await freshness.reach(owner, isOf(owner) ? position : undefined);
      const source = { owner, standing: reached, within: tagsOf(owner) };
      return { ...source, teams: await reachTeams(context, source) };
    }),
  ]);
  const ownTags = tagsOf(caller);
  const own: Source = { owner: caller, standing, within: names.includes(OWN_SPACE) ? undefined : ownTags };
  const looksAtOwn = names.includes(OWN_SPACE) || ownTags.length > 0;
  return { standing, sources: looksAtOwn ? [own, ...shared] : shared };
}

/**
 * Looks up for each space of somebody else whether it is shared with the caller or a team that the caller is in, in files
 * that are not older than the last write of the owner and the last change of the team. It happens right before the read,
 * so that a share that was taken back stops the next one.
 *
 * @throws MemlaneError `MEMLANE_ERR_NOT_FOUND` for a space that is not shared, whether there is one or not
 */
export function checkAccess(
  context: QueryContext,
  caller: string,
  { spaces: names = [] }: SourceInput,
  sources: readonly Source[],
): void {
  for (const source of sources) {
    const { owner, within = [], standing, teams = [] } = source;
    if (owner === caller) continue;
    for (const tag of within) {
      const field = `spaces[${names.indexOf(formatSpace({ owner, tag }))}]`;
      const grant = grantIn(context, caller, source, tag);
      if (!grant) throw new MemlaneError(noSuchSpace(field));
      const used = [standing, ...teams.filter(({ team }) => team === grant.grantee).map((team) => team.standing)];
      // What a file lacks may be that the share was taken back, or that the caller is not in the team any more.
      if (!used.every(({ current }) => current))
        throw memlaneError('MEMLANE_ERR_UNAVAILABLE', undefined, { retry_after_seconds: 1 });
    }
  }
}

/** Waits until it is known who is in the teams that the spaces of a source are shared with. */
async function reachTeams(context: QueryContext, source: Source): Promise<ReachedTeam[]> {
  const { owner, within = [] } = source;
  const teams = teamsSharedWith(dbOf(context, source), { owner, tags: within });
  return Promise.all(teams.map(async (team) => ({ team, standing: await context.freshness.reach(team, undefined) })));
}

/** What a caller may do in a space of a source, and as whom. */
export function grantIn(context: QueryContext, caller: string, source: Source, tag: string): Grant | undefined {
  const { owner, teams = [] } = source;
  const own = teams.filter((one) => teamsOf(dbOf(context, one), caller).includes(one.team));
  return grantOf(dbOf(context, source), { owner, tag, grantees: [caller, ...own.map(({ team }) => team)] });
}

export function dbOf({ models }: QueryContext, { standing }: Pick<Source, 'standing'>): Db {
  return models.db(standing.partition);
}
