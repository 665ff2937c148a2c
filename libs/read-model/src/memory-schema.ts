import { checkpointSchema, parkedSchema, type Db } from '@memlane/projection';

/** A file of another version is not migrated: it is rebuilt from the log. */
export const READ_MODEL_VERSION = 4;

/** Name of the projection in the `checkpoint` table. */
export const MEMORY_PROJECTION = 'memory';

/** What a memory, or an earlier version of one, counts among the stored bytes of its owner: every text that is kept of it. */
const bytes = `bytes INTEGER AS (
      octet_length(content) + octet_length(tags) + octet_length(metadata)
      + coalesce(octet_length(type), 0) + coalesce(octet_length(conversation_id), 0)
    )`;

/**
 * One file holds the memories of one partition.
 *
 * `ord` is the place of an event in the log, see `placeOf`: the same in every rebuild and independent of other owners.
 * A deleted memory leaves `memory` and every index; its last states stay in `memory_version`, for `as_of` only.
 */
export const memorySchema = `
  ${checkpointSchema};

  CREATE TABLE owner (
    key INTEGER PRIMARY KEY,
    owner TEXT NOT NULL UNIQUE,
    seq INTEGER NOT NULL,
    memories INTEGER NOT NULL,
    bytes INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE memory (
    ord INTEGER PRIMARY KEY,
    owner INTEGER NOT NULL,
    id TEXT NOT NULL,
    content TEXT NOT NULL,
    type TEXT,
    tags TEXT NOT NULL,
    metadata TEXT NOT NULL,
    conversation_id TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    expires_at TEXT,
    version INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    made INTEGER NOT NULL,
    ${bytes},
    UNIQUE (owner, id)
  ) STRICT;
  CREATE INDEX memory_by_time ON memory (owner, created_at, ord);
  CREATE INDEX memory_by_type ON memory (owner, type, created_at, ord);
  CREATE INDEX memory_by_conversation ON memory (owner, conversation_id, ord) WHERE conversation_id IS NOT NULL;
  CREATE INDEX memory_by_expiry ON memory (owner, expires_at) WHERE expires_at IS NOT NULL;

  CREATE TABLE memory_tag (
    owner INTEGER NOT NULL,
    tag TEXT NOT NULL,
    ord INTEGER NOT NULL,
    PRIMARY KEY (owner, tag, ord)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX memory_tag_by_memory ON memory_tag (ord);

  CREATE TABLE memory_code_link (
    owner INTEGER NOT NULL,
    repository TEXT NOT NULL,
    path TEXT NOT NULL,
    ord INTEGER NOT NULL,
    uri TEXT NOT NULL,
    name TEXT COLLATE NOCASE,
    PRIMARY KEY (owner, repository, path, ord, uri)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX memory_code_link_by_name ON memory_code_link (owner, repository, name) WHERE name IS NOT NULL;
  CREATE INDEX memory_code_link_by_memory ON memory_code_link (ord);

  CREATE TABLE memory_version (
    owner INTEGER NOT NULL,
    id TEXT NOT NULL,
    made INTEGER NOT NULL,
    content TEXT NOT NULL,
    type TEXT,
    tags TEXT NOT NULL,
    metadata TEXT NOT NULL,
    conversation_id TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    expires_at TEXT,
    version INTEGER NOT NULL,
    replaced_at TEXT NOT NULL,
    ${bytes},
    PRIMARY KEY (owner, id, made)
  ) STRICT, WITHOUT ROWID;

  CREATE VIRTUAL TABLE memory_text USING fts5 (owner, window, tokenize = 'porter unicode61 remove_diacritics 2');
  INSERT INTO memory_text (memory_text, rank) VALUES ('rank', 'bm25(0.0, 1.0)');

  CREATE TABLE vector_outbox (
    owner INTEGER NOT NULL,
    memory_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    text_hash BLOB,
    PRIMARY KEY (owner, memory_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX vector_outbox_by_seq ON vector_outbox (seq);
  CREATE INDEX vector_outbox_by_owner ON vector_outbox (owner, seq);

  ${parkedSchema};

  CREATE TABLE share (
    owner INTEGER NOT NULL,
    tag TEXT NOT NULL,
    grantee TEXT NOT NULL,
    access TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (owner, tag, grantee)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX share_by_grantee ON share (grantee, owner, tag);

  CREATE TABLE team_member (
    team INTEGER NOT NULL,
    member TEXT NOT NULL,
    PRIMARY KEY (team, member)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX team_member_by_user ON team_member (member, team);

  PRAGMA user_version = ${READ_MODEL_VERSION};
`;

/** Makes the tables of a new file; `false` when the file is of another version and has to be rebuilt. */
export function prepareReadModel(db: Db): boolean {
  const version = db.pragma('user_version', { simple: true });
  if (version === 0) db.transaction(() => db.exec(memorySchema))();
  return version === 0 || version === READ_MODEL_VERSION;
}
