import { isRepoEvent, kindOfAggregate, type EventOf, type RepoEvent } from '@memlane/contracts';
import type { FeedItem } from '@memlane/event-log';
import type { Db, ModelWriter, PreparedItem } from '@memlane/projection';
import { openBlobTable } from './blob-table.js';
import { openFileTable } from './file-table.js';
import { noGraphChange, type GraphChange } from './graph-change.js';
import { openGraphTable } from './graph-table.js';
import { createPins } from './pins.js';
import { blobKeyOf, prepareFiles, type CodeSources, type PreparedFiles } from './prepare-files.js';
import { openRepositoryTable } from './repository-table.js';
import { openSyncTable } from './sync-table.js';
import { openVectorOutbox } from './vector-outbox.js';

/** Why a recorded file cannot be read: its repository was removed since. */
const NO_CONTENT = 'missing';

/** What a commit needs before it is applied. */
export interface PreparedCommit {
  readonly files: PreparedFiles;
  /** Of a commit that ends a sync; `undefined` when there is none. */
  readonly graph?: GraphChange | undefined;
}

/** Where in the log an event is. */
interface Place {
  readonly owner: number;
  readonly seq: number;
  readonly at: string;
}

/**
 * Applies the events of repositories to one file; statements are prepared once. Commits that an owner has already seen
 * are skipped, so that applying twice is applying once, and so are those of a parked owner.
 *
 * @param db a file with the schema of the code index, open for writing
 */
export function openCodeWriter(db: Db, sources: CodeSources): ModelWriter<PreparedCommit> {
  const blobs = openBlobTable(db);
  const files = openFileTable(db);
  const repositories = openRepositoryTable(db);
  const syncs = openSyncTable(db);
  const graphs = openGraphTable(db);
  const outbox = openVectorOutbox(db);
  const pins = createPins();
  const released = new WeakSet<PreparedCommit>();
  const ownerRow = db.prepare<[string], { key: number; seq: number }>('SELECT key, seq FROM owner WHERE owner = ?');
  const addOwner = db.prepare('INSERT INTO owner (key, owner, seq) VALUES (?, ?, 0) ON CONFLICT DO NOTHING');
  const setOwnerSeq = db.prepare('UPDATE owner SET seq = ? WHERE key = ?');
  const isParked = db.prepare<[string], 1>('SELECT 1 FROM parked WHERE owner = ?').pluck();
  const lastOwnerKey = db.prepare<[], number>('SELECT coalesce(max(key), 0) FROM owner').pluck();
  removeUnreferred(db, (blob) => blobs.remove(blob));

  /** The integer that stands for an owner; it never leaves the file, so which one it is does not matter. */
  function ownerOf(owner: string): { key: number; seq: number } {
    const known = ownerRow.get(owner);
    if (known) return known;
    addOwner.run((lastOwnerKey.get() ?? 0) + 1, owner);
    return ownerRow.get(owner) ?? { key: 0, seq: 0 };
  }

  /** Removes the contents that nothing refers to any more; vectors go with the last visible file. */
  function collect(place: Place, candidates: Iterable<number>): void {
    for (const blob of candidates) {
      if (files.isReferred(blob)) continue;
      outbox.noteGone(place.owner, blob, place.seq);
      if (!pins.has(blob)) blobs.remove(blob);
    }
  }

  function record(
    repository: number,
    data: EventOf<'files-recorded'>['data'],
    { files: prepared }: PreparedCommit,
  ): void {
    for (const { path, size, redacted, ...file } of data.files) {
      const blob = prepared.get(blobKeyOf({ path, ...file }));
      files.stage(repository, { path, blob, size, redacted, ...(blob === undefined && { skipped: NO_CONTENT }) });
    }
    for (const { path, reason, size } of data.skipped) files.stage(repository, { path, skipped: reason, size });
  }

  function complete(
    place: Place,
    repository: number,
    whole: boolean,
    data: EventOf<'repository-synced'>['data'],
    { graph }: PreparedCommit,
  ): void {
    const changes = files.changes(repository, whole);
    const touched = files.flip(repository, whole, place.at);
    for (const blob of touched) {
      if (!files.isVisible(blob)) continue;
      files.refreshPaths(blobs, blob);
      outbox.noteVisible(place.owner, blob, place.seq);
    }
    collect(place, touched);
    graphs.apply(repository, graph);
    repositories.complete(repository, { commit: data.commit, ref: data.ref, at: place.at });
    syncs.complete(repository, data, changes, place.at);
  }

  function remove(place: Place, repository: number): void {
    const referred = new Set([...files.dropStaged(repository), ...files.clear(repository)]);
    graphs.clear(repository);
    repositories.remove(repository);
    syncs.remove(repository);
    collect(place, referred);
    // Those that another repository has as well are found by fewer words now.
    for (const blob of referred) if (files.isVisible(blob)) files.refreshPaths(blobs, blob);
  }

  function applyEvent(place: Place, event: RepoEvent, prepared: PreparedCommit): void {
    const { repository_id: id } = event.data;
    if (event.type === 'repository-sync-requested') {
      repositories.request(place.owner, event.data);
      const requested = repositories.find(place.owner, id);
      if (requested) syncs.request(requested.key, event.data, place.at);
      return;
    }
    const repository = repositories.find(place.owner, id);
    if (event.type === 'repository-auto-sync-set' || event.type === 'repository-sync-wanted') {
      // What is said of a repository that was removed meanwhile says nothing.
      if (repository && event.type === 'repository-auto-sync-set') repositories.setAutoSync(repository.key, event.data);
      return;
    }
    if (!repository) throw new Error(`${event.type}: no such repository`);
    if (event.type === 'repository-removed') {
      remove(place, repository.key);
      return;
    }
    // A worker that did not hear that its job was over.
    if (event.data.job_id !== repository.jobId) return;
    const { key, baseCommit } = repository;
    switch (event.type) {
      case 'repository-sync-started':
        repositories.setState(key, 'running');
        syncs.start(key, event.data, place.at);
        return;
      case 'repository-sync-planned':
        collect(place, files.dropStaged(key));
        repositories.plan(key, event.data);
        return;
      case 'files-recorded':
        record(key, event.data, prepared);
        return;
      case 'files-removed':
        for (const path of event.data.paths) files.stage(key, { path, removed: true });
        return;
      case 'repository-synced':
        complete(place, key, baseCommit === null, event.data, prepared);
        return;
      case 'repository-sync-failed':
        collect(place, files.dropStaged(key));
        repositories.setState(key, 'failed', event.data.reason);
        syncs.end(key, { state: 'failed', ...event.data }, place.at);
        return;
      case 'repository-sync-cancelled':
        collect(place, files.dropStaged(key));
        repositories.setState(key, 'cancelled');
        syncs.end(key, { state: 'cancelled', ...event.data }, place.at);
        return;
    }
  }

  function applyItem({ seq, commit, prepared }: PreparedItem<PreparedCommit>): void {
    const owner = ownerOf(commit.owner);
    const place = { owner: owner.key, seq, at: commit.at };
    if (seq > owner.seq && isParked.get(commit.owner) === undefined) {
      for (const event of commit.events) if (isRepoEvent(event)) applyEvent(place, event, prepared);
      setOwnerSeq.run(seq, owner.key);
    }
    // A batch that is applied again after it was rolled back has let go already.
    if (!released.has(prepared)) for (const blob of prepared.files.values()) pins.release(blob);
    released.add(prepared);
    collect(place, prepared.files.values());
  }

  /** The graph as it will be at the end of a sync: only once all that the sync recorded is staged. */
  async function prepareGraph(
    owner: number,
    { commit }: FeedItem,
    before: () => Promise<void>,
  ): Promise<GraphChange | undefined> {
    const synced = commit.events.find((event) => event.type === 'repository-synced');
    if (!synced) return undefined;
    await before();
    const repository = repositories.find(owner, synced.data.repository_id);
    if (repository?.jobId !== synced.data.job_id) return undefined;
    const whole = repository.baseCommit === null;
    // The graph is a function of the files, which stay as they are.
    if (!whole && !files.hasStaged(repository.key)) return noGraphChange;
    return sources.graph(db, { repository: repository.key, whole });
  }

  return {
    concerns: (item) => kindOfAggregate(item.aggregate) === 'repo',
    async prepare(item, before) {
      if (kindOfAggregate(item.aggregate) !== 'repo' || isParked.get(item.owner) !== undefined)
        return { files: new Map() };
      const owner = db.transaction(ownerOf).immediate(item.owner);
      if (item.seq <= owner.seq) return { files: new Map() };
      const files = await prepareFiles(db, blobs, pins, sources, owner.key, item);
      return { files, graph: await prepareGraph(owner.key, item, before) };
    },
    apply(items) {
      for (const item of items) applyItem(item);
    },
  };
}

/** Contents of commits that were prepared and never applied, since the process ended in between. */
function removeUnreferred(db: Db, remove: (blob: number) => void): void {
  const unreferred = db
    .prepare<[], number>(
      `SELECT key FROM blob b WHERE NOT EXISTS (SELECT 1 FROM file WHERE blob = b.key)
       AND NOT EXISTS (SELECT 1 FROM staged WHERE blob = b.key)`,
    )
    .pluck();
  db.transaction(() => {
    for (const blob of unreferred.all()) remove(blob);
  }).immediate();
}
