/** A folder of one version of what its neighbours are other versions of. */
const VERSION = /^v(\d{1,4})$/iu;

/** One of a repository's files. */
interface Placed {
  readonly repository?: string;
  readonly path: string;
}

/**
 * Tells which files are of an older version than others are: `src/v3/…` where there is `src/v4/…` too.
 *
 * @param files that versions are looked for in
 * @param query a version that it names is not old: it is what is asked for
 */
export function findSuperseded(files: readonly Placed[], query: string): (file: Placed) => boolean {
  const newest = new Map<string, number>();
  for (const file of files)
    for (const { beside, version } of versionsOf(file)) newest.set(beside, Math.max(newest.get(beside) ?? 0, version));
  const asked = new Set(query.toLowerCase().split(/[^\p{L}\p{N}]+/u));
  return (file) =>
    versionsOf(file).some(({ beside, version }) => version < (newest.get(beside) ?? 0) && !asked.has(`v${version}`));
}

function versionsOf({ repository = '', path }: Placed): { readonly beside: string; readonly version: number }[] {
  const folders = path.split('/').slice(0, -1);
  return folders.flatMap((folder, depth) => {
    const version = VERSION.exec(folder)?.[1];
    if (version === undefined) return [];
    return [{ beside: [repository, ...folders.slice(0, depth)].join('/'), version: Number(version) }];
  });
}
