import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { openCodeWriter, openGraphBuilder, prepareCodeIndex } from '@memlane/code-index';
import { openFileParser } from '@memlane/code-intel';
import type { Commit } from '@memlane/contracts';
import { fullPace } from '@memlane/event-log';
import { openWriterDb, type Db } from '@memlane/projection';
import { recordRepositories, tempDir } from '@memlane/testkit';
import type { CodeCorpus } from './code-corpora.js';

export const OWNER = 'quality';

/** Applies the sync of these files to a new index, as the code-projector does. */
export async function buildCodeIndex({ name, files }: CodeCorpus): Promise<Db> {
  const db = openWriterDb(join(await tempDir(), 'code.sqlite'));
  prepareCodeIndex(db);
  const parser = await openFileParser();
  const graph = openGraphBuilder({
    onFailure: (error) => {
      throw error;
    },
  });
  const contents = new Map<string, Uint8Array>();
  const writer = openCodeWriter(db, {
    blobs: { get: async (_store, sha256) => contents.get(sha256) },
    parse: (file) => parser.parse(file),
    graph: (of, request) => graph.build(of, request),
    pace: fullPace,
  });
  let seq = 0;
  const recorder = recordRepositories(
    {
      async append(commit, { aggregate }) {
        seq += 1;
        const about = { seq, msgId: commit.commandId, time: new Date(), owner: OWNER, aggregate, pending: 0 };
        const item = { ...about, commit: commit as Commit };
        const prepared = await writer.prepare?.(item, async () => undefined);
        db.transaction(() => writer.apply([{ ...item, prepared: prepared ?? { files: new Map() } }])).immediate();
        return { ok: true, seq };
      },
    },
    {
      put: async (_at, all) =>
        all.map((bytes) => {
          const sha256 = createHash('sha256').update(bytes).digest('hex');
          contents.set(sha256, bytes);
          return sha256;
        }),
    },
    OWNER,
  );
  await recorder.sync(name, Object.fromEntries(files.map(({ path, text }) => [path, text])));
  parser.close();
  await graph.close();
  return db;
}
