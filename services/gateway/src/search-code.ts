import { allows, type Credential } from '@memlane/auth';
import {
  codeQueries,
  MemlaneError,
  parseCodeUri,
  queries,
  type CodeQueryAnswer,
  type CodeQueryInput,
  type LegState,
  type ToolAnswer,
} from '@memlane/contracts';
import { askCodeQuery, askQuery, type ReadPath } from './ask-query.js';
import { linkHits, type NamedPlace } from './link-hits.js';
import { lacksScope } from './scope-refusal.js';

interface Paths {
  readonly read: ReadPath;
  readonly readCode: ReadPath;
}

type Input = CodeQueryInput<'search-code'>;
type Found = CodeQueryAnswer<'search-code'>;

/**
 * Searches code, and adds which of the caller's own memories name what was found. The code comes also while memories
 * cannot be read.
 *
 * @throws MemlaneError `MEMLANE_ERR_FORBIDDEN` without the scope `memory:read`
 */
export async function searchCodeWithMemories(
  paths: Paths,
  { credential }: { readonly credential: Credential },
  input: Input,
): Promise<ToolAnswer<'search_code'>> {
  if (!allows(credential, 'memory:read')) throw lacksScope('memory:read');
  const { owner } = credential;
  const { data } = await askCodeQuery(paths.readCode, 'search-code', owner, input);
  const found = codeQueries['search-code'].answer.parse(data);
  const bare = { ...found, hits: found.hits.map(({ names: _, ...hit }) => hit) };
  const named = await readNamedPlaces(paths, owner, found, input.position);
  if (typeof named === 'string') return { ...bare, legs: { ...bare.legs, memories: named } };
  const { hits, memories, leftOut } = linkHits(bare.hits, named);
  const lack = [
    ...(found.left_out === undefined ? [] : [found.left_out]),
    ...(leftOut === 0 ? [] : [`${leftOut} memories that name the hits: search_memories`]),
  ];
  return {
    ...bare,
    hits,
    memories,
    legs: { ...bare.legs, memories: 'ok' },
    ...(lack.length > 0 && { left_out: lack.join('; ') }),
  };
}

/** What memories name of the hits, newest memory first; why not, when they cannot be read. */
async function readNamedPlaces(
  { read, readCode }: Paths,
  owner: string,
  { hits }: Found,
  position: string | undefined,
): Promise<NamedPlace[] | LegState> {
  const files = hits.map(({ repository, path, names = [] }) => ({ repository, path, names }));
  try {
    const answer = await askQuery(read, 'code-memories', owner, { files, position });
    const { memories, links } = queries['code-memories'].answer.parse(answer.data);
    const byId = new Map(memories.map((memory) => [memory.id, memory]));
    const named = links.flatMap(({ memory: id, uri }) => {
      const [memory, location] = [byId.get(id), parseCodeUri(uri)];
      return memory && location ? [{ memory, uri, location }] : [];
    });
    if (named.length === 0) return [];
    const targets = named.map(({ location: { repository, path, symbol } }) => ({ repository, path, symbol }));
    const located = await askCodeQuery(readCode, 'locate-links', owner, { links: targets, position });
    const { places } = codeQueries['locate-links'].answer.parse(located.data);
    return named.map((one, i) => ({ ...one, place: places[i] ?? null }));
  } catch (error) {
    const code = error instanceof MemlaneError ? error.body.code : undefined;
    if (code === 'MEMLANE_ERR_UNAVAILABLE') return 'unavailable';
    if (code === 'MEMLANE_ERR_OVERLOADED') return 'overloaded';
    throw error;
  }
}
