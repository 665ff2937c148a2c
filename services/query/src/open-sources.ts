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
import { grantOf, type Grant } from '@memlane/read-model';
import type { Standing } from './freshness.js';
import type { QueryContext } from './query-context.js';
import type { Source } from './source.js';

/** What a read looks into, and where the caller's own read model stands. */
export interface OpenSources {
  readonly standing: Standing;
  readonly sources: readonly Source[];
}

type SourceInput = Pick<QueryInput<'search-memories'>, 'spaces' | 'position'>;

/** The sources that a read names, its position reached in each. Nothing may be read of them before {@link checkAccess}. */
export async function openSources(
  { freshness }: QueryContext,
  caller: string,
  { spaces: names = [OWN_SPACE], position }: SourceInput,
): Promise<OpenSources> {
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
      return { owner, standing: reached, within: tagsOf(owner) };
    }),
  ]);
  const ownTags = tagsOf(caller);
  const own: Source = { owner: caller, standing, within: names.includes(OWN_SPACE) ? undefined : ownTags };
  const looksAtOwn = names.includes(OWN_SPACE) || ownTags.length > 0;
  return { standing, sources: looksAtOwn ? [own, ...shared] : shared };
}

/**
 * Looks up for each space of somebody else whether it is shared with the caller, in a file that is not older than its
 * owner's last write. It happens right before the read, so that a share that was taken back stops the next one.
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
    const { owner, within = [], standing } = source;
    if (owner === caller) continue;
    for (const tag of within) {
      const field = `spaces[${names.indexOf(formatSpace({ owner, tag }))}]`;
      if (!grantIn(context, caller, source, tag)) throw new MemlaneError(noSuchSpace(field));
    }
    // What the file lacks may be that the share was taken back.
    if (!standing.current) throw memlaneError('MEMLANE_ERR_UNAVAILABLE', undefined, { retry_after_seconds: 1 });
  }
}

/** What a caller may do in a space of a source. */
export function grantIn(context: QueryContext, caller: string, source: Source, tag: string): Grant | undefined {
  return grantOf(dbOf(context, source), { owner: source.owner, tag, grantees: [caller] });
}

export function dbOf({ models }: QueryContext, { standing }: Source): Db {
  return models.db(standing.partition);
}
