import { lookup } from 'node:dns/promises';
import { lstat, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isBelow, parseSource, type RepositorySource } from '@memlane/contracts';
import ipaddr from 'ipaddr.js';
import type { GitFolder } from './local-view.js';
import { SyncError } from './sync-error.js';

/** A source that may be read now, with the address that its host was found at. */
export type CheckedSource =
  | (Extract<RepositorySource, { kind: 'https' }> & { readonly address: string })
  | (Extract<RepositorySource, { kind: 'local' }> & GitFolder);

export interface SourceChecks {
  readonly roots: readonly string[];
  /** Hosts that may have addresses that are not public, each with or without a port. */
  readonly privateHosts?: readonly string[];
  /** Finds all addresses of a host; default: the system's resolver. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/**
 * Checks a source against the world: each address of its host is a public one unless the operator allows the host, a path lies below an allowed folder also
 * when its links are followed. The answer names the address to use, or a second look-up could give another.
 *
 * @throws SyncError `source-refused`, `not-found`, `unreachable`
 */
export async function checkSource(
  text: string,
  { roots, privateHosts = [], resolve = resolveAll }: SourceChecks,
): Promise<CheckedSource> {
  const parsed = parseSource(text, roots);
  if (!parsed.ok) throw new SyncError('source-refused', parsed.error.message);
  const source = parsed.value;
  if (source.kind === 'local') return { ...source, ...(await findGitFolder(source.path, roots)) };
  const addresses = ipaddr.isValid(source.host) ? [source.host] : await resolve(source.host);
  const [address] = addresses;
  if (address === undefined) throw new SyncError('unreachable', 'the host of the source has no address');
  const { host, port } = source;
  const spelled = host.includes(':') ? `[${host}]` : host;
  const isAllowed = privateHosts.includes(spelled) || privateHosts.includes(`${spelled}:${port}`);
  if (!isAllowed && !addresses.every(isPublicAddress))
    throw new SyncError('source-refused', 'the host of the source is not public');
  return { ...source, address };
}

async function resolveAll(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    throw new SyncError('unreachable', 'the host of the source is not known');
  }
}

/** The part of IPv6 that is given out to the internet: what lies outside stands for IPv4 addresses or is kept back. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** Not loopback, private, link-local, or anything else that is not the internet, also not in IPv6 clothes. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  return address.range() === 'unicast' && (!('parts' in address) || address.match(GLOBAL_UNICAST));
}

/** The folder itself or its `.git`, nothing that git would also try: a sibling `<folder>.git`, or a folder above. */
async function findGitFolder(path: string, roots: readonly string[]): Promise<GitFolder> {
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) throw new SyncError('not-found', 'there is no such folder');
  const realRoots = await Promise.all(roots.map((root) => realpath(root).catch(() => root)));
  const refuseOutside = (place: string) => {
    if (!isBelow(place, realRoots)) throw new SyncError('source-refused', 'the folder leads out of what is allowed');
  };
  refuseOutside(real);
  const gitDir = await realpath(join(real, '.git')).catch(() => real);
  refuseOutside(gitDir);
  const has = (...names: string[]) =>
    lstat(join(gitDir, ...names)).then(
      () => true,
      () => false,
    );
  // What a work tree's `.git` file and borrowed objects name is not looked at.
  const isElsewhere = [
    !(await lstat(gitDir)).isDirectory(),
    await has('commondir'),
    await has('objects', 'info', 'alternates'),
  ];
  if (isElsewhere.includes(true)) throw new SyncError('source-refused', 'the repository keeps its objects elsewhere');
  if (!(await has('HEAD'))) throw new SyncError('not-found', 'there is no repository at this source');
  return { gitDir, roots: realRoots };
}
