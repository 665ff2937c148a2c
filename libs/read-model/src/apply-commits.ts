import { isMemoryEvent, isSharingEvent, isTeamEvent, limit, type Commit, type EventOf } from '@memlane/contracts';
import type { Db } from '@memlane/projection';
import { openSharingApplier } from './apply-sharing.js';
import { openTeamApplier } from './apply-teams.js';
import { openCodeLinkTable } from './code-link-table.js';
import { placeOf } from './place.js';
import { openTextIndex, type TextIndex } from './text-index.js';

/** A commit and its sequence in the partition's event stream. */
export interface CommitItem {
  readonly seq: number;
  readonly commit: Commit;
}

interface Current {
  readonly ord: number;
  readonly conversation_id: string | null;
  readonly version: number;
}

interface Place {
  readonly owner: number;
  readonly seq: number;
  readonly made: number;
  readonly at: string;
}

/** Applies commits to one file; statements are prepared once. */
export interface MemoryWriter {
  /**
   * Applies commits in log order; belongs into one transaction with the checkpoint. What an owner has already seen is
   * skipped, so that applying twice is applying once. Commits of a parked owner are skipped.
   *
   * @throws Error when an event does not fit the state; the message names the event's type, never its content
   */
  apply(items: readonly CommitItem[]): void;
}

/** See {@link MemoryWriter.apply}; for callers that apply once. */
export function applyCommits(db: Db, items: readonly CommitItem[]): void {
  openMemoryWriter(db).apply(items);
}

/** @param db a file with the read model's schema, open for writing */
export function openMemoryWriter(db: Db): MemoryWriter {
  const index = openTextIndex(db);
  const ownerRow = db.prepare<[string], { key: number; seq: number }>('SELECT key, seq FROM owner WHERE owner = ?');
  const addOwner = db.prepare('INSERT INTO owner (key, owner, seq, memories, bytes) VALUES (?, ?, 0, 0, 0)');
  const setOwnerSeq = db.prepare('UPDATE owner SET seq = ? WHERE key = ?');
  const isParked = db.prepare<[string], 1>('SELECT 1 FROM parked WHERE owner = ?').pluck();
  const events = eventAppliers(db, index);
  const sharing = openSharingApplier(db);
  const teams = openTeamApplier(db);

  return {
    apply(items) {
      const dirty = new Set<number>();
      for (const { seq, commit } of items) {
        if (isParked.get(commit.owner) !== undefined) continue;
        // The first commit's sequence is the key: the same in every rebuild.
        const owner = ownerRow.get(commit.owner) ?? { key: seq, seq: 0 };
        if (owner.seq === 0) addOwner.run(owner.key, commit.owner);
        if (seq <= owner.seq) continue;
        for (const [eventIndex, event] of commit.events.entries()) {
          if (isSharingEvent(event)) sharing.apply(owner.key, event, commit.at);
          if (isTeamEvent(event)) teams.apply(owner.key, event);
          // Commits of other aggregates only move the place in the log.
          if (!isMemoryEvent(event)) continue;
          const place = { owner: owner.key, seq, made: placeOf(seq, eventIndex), at: commit.at };
          if (event.type === 'memory-stored') events.stored(place, event.data, dirty);
          else if (event.type === 'memory-updated') events.updated(place, event.data, dirty);
          else events.deleted(place, event.data, dirty);
        }
        setOwnerSeq.run(seq, owner.key);
      }
      // Once for each memory of the batch: the last state is the same, and turns of one conversation come together.
      for (const ord of dirty) index.reindex(ord);
    },
  };
}

function eventAppliers(db: Db, index: TextIndex) {
  const current = db.prepare<[number, string], Current>(
    'SELECT ord, conversation_id, version FROM memory WHERE owner = ? AND id = ?',
  );
  // Versions before `ord` are of a memory of the same id that was deleted: they are kept, and count no more.
  const bytesOf = db
    .prepare<[{ owner: number; id: string; ord: number }], number>(
      `SELECT coalesce((SELECT bytes FROM memory WHERE ord = @ord), 0) + coalesce(
         (SELECT sum(bytes) FROM memory_version WHERE owner = @owner AND id = @id AND made >= @ord), 0)`,
    )
    .pluck();
  const insert = db.prepare(
    `INSERT INTO memory (ord, owner, id, content, type, tags, metadata, conversation_id, created_at, updated_at,
                         expires_at, version, content_hash, made)
     VALUES (@made, @owner, @id, @content, @type, @tags, @metadata, @conversation, @at, @at, @expires, 1, @hash, @made)`,
  );
  const keepVersion = db.prepare(
    `INSERT INTO memory_version (owner, id, made, content, type, tags, metadata, conversation_id, created_at,
                                 updated_at, expires_at, version, replaced_at)
     SELECT owner, id, made, content, type, tags, metadata, conversation_id, created_at, updated_at, expires_at,
            version, ? FROM memory WHERE ord = ?`,
  );
  const dropVersions = db.prepare(
    `DELETE FROM memory_version WHERE owner = @owner AND id = @id AND made <=
       (SELECT made FROM memory_version WHERE owner = @owner AND id = @id ORDER BY made DESC LIMIT 1 OFFSET @keep)`,
  );
  const change = db.prepare(
    `UPDATE memory SET
       content = coalesce(@content, content), content_hash = coalesce(@hash, content_hash),
       type = iif(@setType, @type, type), tags = coalesce(@tags, tags), metadata = coalesce(@metadata, metadata),
       expires_at = iif(@setExpiry, @expires, expires_at), updated_at = @at, version = @version, made = @made
     WHERE ord = @ord`,
  );
  const remove = db.prepare('DELETE FROM memory WHERE ord = ?');
  const addTag = db.prepare('INSERT INTO memory_tag (owner, tag, ord) VALUES (?, ?, ?)');
  const removeTags = db.prepare('DELETE FROM memory_tag WHERE ord = ?');
  const codeLinks = openCodeLinkTable(db);
  const countOwner = db.prepare('UPDATE owner SET memories = memories + ?, bytes = bytes + ? WHERE key = ?');

  /** Bytes of a memory and of its earlier versions. */
  function storedBytesOf({ owner }: Place, id: string, ord: number): number {
    return bytesOf.get({ owner, id, ord }) ?? 0;
  }

  /** A memory and its neighbours are indexed anew; what is embedded depends on the neighbour before only. */
  function touch(place: Place, memory: { ord: number; conversation_id: string | null }, dirty: Set<number>): void {
    dirty.add(memory.ord);
    index.noteEmbedding(memory.ord, place.seq);
    for (const ord of index.neighbours(place.owner, memory.conversation_id, memory.ord)) {
      dirty.add(ord);
      if (ord > memory.ord) index.noteEmbedding(ord, place.seq);
    }
  }

  function setTags(owner: number, ord: number, tags: readonly string[]): void {
    for (const tag of tags) addTag.run(owner, tag, ord);
  }

  return {
    stored(place: Place, data: EventOf<'memory-stored'>['data'], dirty: Set<number>): void {
      const tags = [...new Set(data.tags)];
      insert.run({
        made: place.made,
        owner: place.owner,
        id: data.id,
        content: data.content,
        type: data.type,
        tags: JSON.stringify(tags),
        metadata: JSON.stringify(data.metadata),
        conversation: data.conversation_id,
        at: place.at,
        expires: data.expires_at,
        hash: data.content_hash,
      });
      setTags(place.owner, place.made, tags);
      codeLinks.set(place.made);
      countOwner.run(1, storedBytesOf(place, data.id, place.made), place.owner);
      touch(place, { ord: place.made, conversation_id: data.conversation_id }, dirty);
    },

    updated(place: Place, { id, version, changes }: EventOf<'memory-updated'>['data'], dirty: Set<number>): void {
      const before = current.get(place.owner, id);
      if (!before) throw new Error('memory-updated: no such memory');
      const bytesBefore = storedBytesOf(place, id, before.ord);
      keepVersion.run(place.at, before.ord);
      dropVersions.run({ owner: place.owner, id, keep: limit('history_versions') });
      const tags = changes.tags && [...new Set(changes.tags)];
      change.run({
        ord: before.ord,
        content: changes.content ?? null,
        hash: changes.content_hash ?? null,
        setType: changes.type === undefined ? 0 : 1,
        type: changes.type ?? null,
        tags: tags ? JSON.stringify(tags) : null,
        metadata: changes.metadata ? JSON.stringify(changes.metadata) : null,
        setExpiry: changes.expires_at === undefined ? 0 : 1,
        expires: changes.expires_at ?? null,
        at: place.at,
        version,
        made: place.made,
      });
      if (tags) {
        removeTags.run(before.ord);
        setTags(place.owner, before.ord, tags);
      }
      if (changes.content !== undefined || changes.metadata) {
        codeLinks.clear(before.ord);
        codeLinks.set(before.ord);
      }
      countOwner.run(0, storedBytesOf(place, id, before.ord) - bytesBefore, place.owner);
      if (changes.content !== undefined || changes.metadata || tags) touch(place, before, dirty);
    },

    deleted(place: Place, { ids }: EventOf<'memories-deleted'>['data'], dirty: Set<number>): void {
      for (const id of new Set(ids)) {
        const before = current.get(place.owner, id);
        if (!before) throw new Error('memories-deleted: no such memory');
        const neighbours = index.neighbours(place.owner, before.conversation_id, before.ord);
        countOwner.run(-1, -storedBytesOf(place, id, before.ord), place.owner);
        keepVersion.run(place.at, before.ord);
        dropVersions.run({ owner: place.owner, id, keep: limit('history_versions') });
        removeTags.run(before.ord);
        codeLinks.clear(before.ord);
        remove.run(before.ord);
        index.noteRemoval(place.owner, id, place.seq);
        dirty.add(before.ord);
        for (const ord of neighbours) {
          dirty.add(ord);
          if (ord > before.ord) index.noteEmbedding(ord, place.seq);
        }
      }
    },
  };
}
