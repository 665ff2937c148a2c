import { languageOf, type ParsedFile, type SourceFile } from '@memlane/code-intel';
import { isRepoEvent, type EventOf } from '@memlane/contracts';
import type { Blobs, FeedItem, Pace } from '@memlane/event-log';
import type { Db } from '@memlane/projection';
import type { BlobId, BlobTable } from './blob-table.js';
import type { GraphBuilder } from './graph-builder.js';
import type { Pins } from './pins.js';

/** Files that are read and parsed side by side: the parser's threads never wait for the next content. */
const WIDTH = 16;
/** Contents whose rows are written in one transaction: each has its price, and a long one is long in people's way. */
const ROWS_PER_TRANSACTION = 64;
const ROWS_WHILE_SLOW = 4;

/** Where the index gets contents, what they say, and who refers to whom. */
export interface CodeSources {
  readonly blobs: Pick<Blobs, 'get'>;
  readonly parse: (file: SourceFile) => Promise<ParsedFile>;
  readonly graph: GraphBuilder['build'];
  readonly pace: Pick<Pace, 'isSlow' | 'rest'>;
}

/** Keys of the contents of a commit, by their ids as `blobKeyOf` writes them; what is not there has no content any more. */
export type PreparedFiles = ReadonlyMap<string, number>;

type RecordedFile = EventOf<'files-recorded'>['data']['files'][number];

/** The language by the path alone: what the content adds to it is a function of the content. */
export function variantOf(path: string): string {
  return languageOf(path);
}

export function blobKeyOf({ blob, path }: Pick<RecordedFile, 'blob' | 'path'>): string {
  return `${blob}.${variantOf(path)}`;
}

/**
 * Writes what the recorded contents of a commit say, unless it is known already. The rows are a function of the content
 * alone and nobody sees them yet, so they may come before the commit is applied; a crash loses nothing but time.
 *
 * @returns the keys of the contents, pinned until the caller lets go of them
 */
export async function prepareFiles(
  db: Db,
  blobs: BlobTable,
  pins: Pins,
  sources: CodeSources,
  owner: number,
  { commit }: Pick<FeedItem, 'commit'>,
): Promise<PreparedFiles> {
  const { pace } = sources;
  const keys = new Map<string, number>();
  const parsed: { readonly id: BlobId; readonly key: string; readonly path: string; readonly file: ParsedFile }[] = [];

  // Once for each content, however many paths of the commit have it: so often does the caller let go.
  const keep = (name: string, key: number) => {
    if (keys.has(name)) return;
    keys.set(name, key);
    pins.add(key);
  };
  const write = db.transaction((batch: typeof parsed) => {
    for (const { id, key, path, file } of batch) keep(key, blobs.find(id) ?? blobs.insert(id, file, path));
  });
  const flush = () => write.immediate(parsed.splice(0));

  const wanted = new Map<string, { readonly file: RecordedFile; readonly store: string }>();
  for (const event of commit.events)
    if (isRepoEvent(event) && event.type === 'files-recorded')
      for (const file of event.data.files) {
        const key = blobKeyOf(file);
        const known = blobs.find({ owner, sha256: file.blob, variant: variantOf(file.path) });
        if (known !== undefined) keep(key, known);
        else if (!wanted.has(key)) wanted.set(key, { file, store: event.data.store });
      }

  const queue = [...wanted];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [key, { file, store }] = next;
      const content = await sources.blobs.get({ owner: commit.owner, store }, file.blob);
      if (!content) continue;
      const text = new TextDecoder().decode(content);
      const id = { owner, sha256: file.blob, variant: variantOf(file.path) };
      parsed.push({ id, key, path: file.path, file: await sources.parse({ path: file.path, text }) });
      const most = pace.isSlow() ? ROWS_WHILE_SLOW : ROWS_PER_TRANSACTION;
      if (parsed.length < most) continue;
      const begun = performance.now();
      flush();
      await pace.rest(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: Math.min(WIDTH, queue.length) }, work));
  if (parsed.length > 0) flush();
  return keys;
}
