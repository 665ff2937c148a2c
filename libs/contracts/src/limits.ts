interface Limit {
  readonly value: number;
  readonly unit: string;
  readonly meaning: string;
}

const table = {
  content_bytes: { value: 65_536, unit: 'bytes', meaning: 'UTF-8 size of the content of one memory' },
  tags_count: { value: 64, unit: 'tags', meaning: 'tags on one memory' },
  tag_chars: { value: 128, unit: 'characters', meaning: 'length of one tag' },
  type_chars: { value: 64, unit: 'characters', meaning: 'length of a memory type' },
  metadata_bytes: { value: 16_384, unit: 'bytes', meaning: 'size of metadata as JSON' },
  metadata_depth: { value: 8, unit: 'levels', meaning: 'nesting of metadata' },
  conversation_id_chars: { value: 128, unit: 'characters', meaning: 'length of a conversation id' },
  idempotency_key_chars: { value: 128, unit: 'characters', meaning: 'length of an idempotency key' },
  id_chars: { value: 64, unit: 'characters', meaning: 'length of a memory id' },
  memories_per_call: { value: 100, unit: 'memories', meaning: 'memories in one store_memories call' },
  ids_per_call: { value: 1_000, unit: 'ids', meaning: 'ids in one delete_memories call' },
  deletes_per_call: { value: 10_000, unit: 'memories', meaning: 'memories that one delete_memories call may remove' },
  query_chars: { value: 4_096, unit: 'characters', meaning: 'length of a search query' },
  query_terms: { value: 64, unit: 'words', meaning: 'words of a query that are looked up; further ones are left out' },
  time_expression_chars: { value: 128, unit: 'characters', meaning: 'length of a time expression' },
  results_per_page: { value: 100, unit: 'memories', meaning: 'largest limit of a search or a listing' },
  answer_bytes: {
    value: 1_000_000,
    unit: 'bytes',
    meaning: 'size of the answer to one read, as JSON; a longer list is cut before its limit, and has a next_cursor',
  },
  cursor_chars: { value: 512, unit: 'characters', meaning: 'length of a cursor' },
  position_chars: { value: 64, unit: 'characters', meaning: 'length of a position' },
  history_versions: {
    value: 100,
    unit: 'versions',
    meaning: 'versions of a memory that are kept for get_memory history',
  },
  space_chars: { value: 193, unit: 'characters', meaning: 'length of the name of a space' },
  spaces_per_read: { value: 16, unit: 'spaces', meaning: 'spaces that one read may look into' },
  shares_listed: { value: 1_000, unit: 'shares', meaning: 'received shares that one list_shares answer names' },
  shares_per_user: { value: 1_000, unit: 'shares', meaning: 'shares that one user has given' },
  request_body_bytes: { value: 8_388_608, unit: 'bytes', meaning: 'size of one HTTP request body' },
  path_part_chars: {
    value: 256,
    unit: 'characters',
    meaning: 'length of what stands for a name or an id in a path, such as the id of a webhook',
  },
  header_bytes: { value: 16_384, unit: 'bytes', meaning: 'size of the headers of one HTTP request' },
  command_bytes: {
    value: 262_144,
    unit: 'bytes',
    meaning: 'size at which store_memories is cut into several commands',
  },
  outcome_wait_ms: {
    value: 30_000,
    unit: 'ms',
    meaning: 'how long a write waits for its outcome before it answers pending',
  },
  position_wait_ms: { value: 5_000, unit: 'ms', meaning: 'how long a read waits for the position it asks for' },
  query_timeout_ms: { value: 10_000, unit: 'ms', meaning: 'how long the gateway waits for a read' },
  embed_queue: { value: 4_096, unit: 'texts', meaning: 'texts that wait in one lane of the embedder' },
  embed_texts_per_request: { value: 64, unit: 'texts', meaning: 'texts in one request to the embedder' },
  pieces_per_memory: {
    value: 128,
    unit: 'pieces',
    meaning: 'overlapping pieces of one memory that get a vector; text beyond them is found by its words only',
  },
  vector_cache_bytes: {
    value: 67_108_864,
    unit: 'bytes',
    meaning: 'vectors of active users that a query process holds in memory',
  },
  queries_in_flight: {
    value: 1_000,
    unit: 'reads',
    meaning: 'reads that one query process answers at once; those that wait for a position count',
  },
  queries_at_once: {
    value: 64,
    unit: 'reads',
    meaning: 'reads that one query process works on at once; the others of those in flight wait, users in turn',
  },
  queries_at_once_per_user: { value: 4, unit: 'reads', meaning: 'of them, those of one user' },
  search_pool: { value: 100, unit: 'memories', meaning: 'best hits of each search leg that are ranked together' },
  literal_search_ms: {
    value: 2_000,
    unit: 'ms',
    meaning: 'how long one page of an exact search may look through memories; the next page goes on from there',
  },
  vector_leg_wait_ms: { value: 1_000, unit: 'ms', meaning: 'how long a search waits for the vector of its query' },
  conflict_retries: { value: 5, unit: 'attempts', meaning: 'appends of one command under compare-and-swap' },
  command_attempts: {
    value: 3,
    unit: 'attempts',
    meaning: 'deliveries of a command that fails by a defect, before it is parked',
  },
  commit_bytes: { value: 1_000_000, unit: 'bytes', meaning: 'size of one commit' },
  connect_wait_ms: { value: 60_000, unit: 'ms', meaning: 'how long a starting service waits for NATS' },
  publish_wait_ms: {
    value: 15_000,
    unit: 'ms',
    meaning: 'how long a publish to the log is retried, e.g. while a leader is elected',
  },
  http_connections: { value: 10_000, unit: 'connections', meaning: 'open connections of one gateway' },
  header_wait_ms: { value: 10_000, unit: 'ms', meaning: 'how long the headers of an HTTP request may take to arrive' },
  request_wait_ms: { value: 30_000, unit: 'ms', meaning: 'how long a whole HTTP request may take to arrive' },
  writes_in_flight: { value: 2_000, unit: 'commands', meaning: 'commands of one gateway that wait for their outcome' },
  reads_in_flight: { value: 1_000, unit: 'reads', meaning: 'reads of one gateway that wait for their answer' },
  limited_users: { value: 10_000, unit: 'users', meaning: 'users whose latest operations a gateway remembers' },
  requests_waiting: {
    value: 5_000,
    unit: 'requests',
    meaning: 'HTTP requests of one gateway that wait for their turn to begin',
  },
  requests_waiting_per_user: {
    value: 500,
    unit: 'requests',
    meaning: 'HTTP requests of one user that wait at one gateway for their turn to begin',
  },
  operations_waiting: {
    value: 5_000,
    unit: 'operations',
    meaning: 'operations of one gateway that wait for their turn',
  },
  operations_waiting_per_user: {
    value: 100,
    unit: 'operations',
    meaning: 'operations of one user that wait at one gateway because too many of that user are in flight',
  },
  turn_wait_ms: { value: 5_000, unit: 'ms', meaning: 'how long an operation waits for its turn before it is refused' },
  refusals_at_once: {
    value: 10,
    unit: 'refusals',
    meaning: 'refusals in a row that a user over the rate of the plan gets at once; further ones are held back',
  },
  refusal_hold_ms: {
    value: 1_000,
    unit: 'ms',
    meaning: 'how long such a refusal is held back, half as long to half as long again',
  },
  saturated_wait_ms: {
    value: 1_000,
    unit: 'ms',
    meaning: 'how long an operation waits for a part of the server that is saturated before it is refused',
  },
  commands_in_lane_per_user: {
    value: 4,
    unit: 'commands',
    meaning: 'commands of one user that are before the command handler at once, so that nobody fills a lane',
  },
  stored_usage_ms: {
    value: 10_000,
    unit: 'ms',
    meaning: 'how old the stored MB of a user may be that a store is held against; the gateway adds what it accepts',
  },
  plans_count: { value: 100, unit: 'plans', meaning: 'plans that an operator may set' },
  remembered_positions: {
    value: 10_000,
    unit: 'users',
    meaning: 'users whose last write a query process remembers, so that their reads see it',
  },
  mcp_sessions: { value: 2_000, unit: 'sessions', meaning: 'MCP sessions (2025 revisions) of one gateway' },
  mcp_sessions_per_key: { value: 200, unit: 'sessions', meaning: 'MCP sessions (2025 revisions) of one key' },
  mcp_session_streams_per_owner: {
    value: 400,
    unit: 'streams',
    meaning: 'open streams of MCP sessions (2025 revisions) of one user at one gateway',
  },
  mcp_session_idle_ms: { value: 3_600_000, unit: 'ms', meaning: 'how long an MCP session is kept without a request' },
  mcp_session_event_bytes: {
    value: 65_536,
    unit: 'bytes',
    meaning: 'messages of an MCP session that are kept for a client that lost its connection',
  },
  mcp_subscribed_resources: {
    value: 100,
    unit: 'resources',
    meaning: 'resources that one MCP session, or one subscriptions/listen stream, listens to',
  },
  unread_bytes_per_user: {
    value: 33_554_432,
    unit: 'bytes',
    meaning: 'answers that one user has not read yet, at one gateway',
  },
  unread_bytes: { value: 268_435_456, unit: 'bytes', meaning: 'answers that nobody has read yet, at one gateway' },
  answer_stall_ms: {
    value: 30_000,
    unit: 'ms',
    meaning: 'how long a client may read nothing of an answer before its connection is cut off',
  },
  event_streams: {
    value: 2_000,
    unit: 'streams',
    meaning: 'open streams of changes (GET /events, subscriptions/listen) of one gateway',
  },
  event_streams_per_owner: {
    value: 20,
    unit: 'streams',
    meaning: 'open streams of changes of one user at one gateway',
  },
  event_stream_buffer_bytes: {
    value: 65_536,
    unit: 'bytes',
    meaning:
      'what waits in a gateway for a client that reads its stream slowly; the log keeps the rest until it has read',
  },
  event_stream_stall_ms: {
    value: 30_000,
    unit: 'ms',
    meaning:
      'how long a client may read nothing of what waits for it before its stream is ended; it goes on by Last-Event-ID',
  },
  event_stream_heartbeat_ms: {
    value: 15_000,
    unit: 'ms',
    meaning: 'time between two comments on a stream of changes, by which a lost connection is noticed',
  },
  members_per_team: { value: 1_000, unit: 'users', meaning: 'members of one team' },
  keys_per_account: {
    value: 1_000,
    unit: 'keys',
    meaning: 'API keys of one user that are neither revoked nor expired',
  },
  key_name_chars: { value: 128, unit: 'characters', meaning: 'length of the name of an API key' },
  key_overlap_seconds: {
    value: 604_800,
    unit: 'seconds',
    meaning: 'how long the secret before a rotation may go on working',
  },
  key_checks_waiting: {
    value: 2_000,
    unit: 'requests',
    meaning: 'requests of one gateway that wait for the first check of their API key',
  },
  key_refusal_ms: {
    value: 50,
    unit: 'ms',
    meaning: 'time before which no API key is refused, whatever is wrong with it',
  },
  key_use_ms: { value: 60_000, unit: 'ms', meaning: 'how exactly the last use of an API key is known' },
  oauth_tokens: {
    value: 10_000,
    unit: 'tokens',
    meaning: 'access tokens whose signature a gateway has checked and need not check again',
  },
  oauth_fetch_ms: { value: 5_000, unit: 'ms', meaning: 'how long a document of an OAuth issuer may take to arrive' },
  oauth_document_bytes: { value: 262_144, unit: 'bytes', meaning: 'size of a document of an OAuth issuer' },
  oauth_keys_ms: { value: 600_000, unit: 'ms', meaning: 'how long the signing keys of an OAuth issuer are used' },
  oauth_cool_down_ms: {
    value: 30_000,
    unit: 'ms',
    meaning: 'time between two readings of the signing keys of an OAuth issuer, e.g. because of an unknown key id',
  },
  oauth_clock_skew_ms: { value: 5_000, unit: 'ms', meaning: 'by how much the clock of an OAuth issuer may be off' },
  code_parse_bytes: {
    value: 1_048_576,
    unit: 'bytes',
    meaning: 'size of a source file that is parsed; larger ones are taken as text',
  },
  code_parse_ms: {
    value: 5_000,
    unit: 'ms',
    meaning: 'processor time that parsing one source file may take before it is taken as text',
  },
  code_chunk_chars: {
    value: 1_500,
    unit: 'characters',
    meaning: 'length up to which pieces of code are put into one chunk',
  },
  code_signature_chars: { value: 300, unit: 'characters', meaning: 'length of the signature that is kept of a symbol' },
  code_doc_chars: { value: 1_000, unit: 'characters', meaning: 'length of the doc comment that is kept of a symbol' },
  code_symbols_per_file: {
    value: 5_000,
    unit: 'symbols',
    meaning: 'definitions of one file that are kept; further ones are left out',
  },
  code_references_per_file: {
    value: 20_000,
    unit: 'references',
    meaning: 'references of one file that are kept; further ones are left out',
  },
  code_graph_entries: {
    value: 3_000_000,
    unit: 'entries',
    meaning: 'definitions and references of a repository that its graph is made of; files beyond them have no links',
  },
  code_graph_ms: {
    value: 120_000,
    unit: 'ms',
    meaning: 'how long the graph of a repository may take before its files are left without ranks',
  },
  repository_source_chars: { value: 2_048, unit: 'characters', meaning: 'length of the source of a repository' },
  repository_ref_chars: { value: 255, unit: 'characters', meaning: 'length of a branch, tag or commit' },
  repository_path_chars: { value: 1_024, unit: 'characters', meaning: 'length of the path of a file in a repository' },
  repository_path_depth: { value: 64, unit: 'folders', meaning: 'depth of a file in a repository' },
  repository_files: { value: 200_000, unit: 'files', meaning: 'files of one repository; a sync of more is refused' },
  repository_bytes: {
    value: 4_294_967_296,
    unit: 'bytes',
    meaning: 'disk that the fetched objects of one repository may take',
  },
  local_refs: {
    value: 100_000,
    unit: 'refs',
    meaning: 'refs of a repository in a folder, packed ones aside',
  },
  local_loose_objects: {
    value: 200_000,
    unit: 'objects',
    meaning: 'objects outside packs of a repository in a folder; `git gc` packs them',
  },
  local_packs: {
    value: 200,
    unit: 'packs',
    meaning: 'packs of a repository in a folder; `git gc` makes them one',
  },
  repository_fetch_ms: { value: 1_800_000, unit: 'ms', meaning: 'how long fetching a repository may take' },
  repository_git_ms: { value: 120_000, unit: 'ms', meaning: 'how long any other run of git may take' },
  repository_file_bytes: { value: 1_048_576, unit: 'bytes', meaning: 'size of a file of a repository that is indexed' },
  jobs_per_owner: { value: 100, unit: 'jobs', meaning: 'jobs of one user that wait or run' },
  jobs_queued_per_owner: { value: 1_000, unit: 'messages', meaning: 'messages of one user in the queue of jobs' },
  job_attempts: { value: 5, unit: 'attempts', meaning: 'times that a job is taken up without getting further' },
  sync_wait_ms: { value: 600_000, unit: 'ms', meaning: 'how long sync_repository waits for the end of its job' },
  jobs_listed: { value: 100, unit: 'jobs', meaning: 'jobs that one list has' },
  auto_sync_min_minutes: {
    value: 15,
    unit: 'minutes',
    meaning: 'shortest interval of a repository that syncs by itself',
  },
  auto_sync_max_minutes: { value: 43_200, unit: 'minutes', meaning: 'longest interval of such a repository' },
  auto_synced_repositories: {
    value: 20,
    unit: 'repositories',
    meaning: 'repositories of one user that sync by themselves, at intervals or by a webhook',
  },
  webhook_spacing_ms: {
    value: 60_000,
    unit: 'ms',
    meaning:
      'shortest time between two syncs of a repository that its webhook begins; what comes in between is one sync',
  },
  webhook_body_bytes: { value: 1_048_576, unit: 'bytes', meaning: 'size of the body of a call of a webhook' },
  webhook_calls_per_minute: { value: 30, unit: 'calls', meaning: 'calls of one webhook at one gateway in any minute' },
  webhooks_in_flight: { value: 50, unit: 'calls', meaning: 'calls of webhooks that one gateway works on at once' },
  webhooks_remembered: { value: 10_000, unit: 'webhooks', meaning: 'webhooks whose latest calls a gateway counts' },
  syncs_kept: { value: 100, unit: 'jobs', meaning: 'ended jobs of one repository that its history goes back' },
  jobs_per_worker: { value: 2, unit: 'jobs', meaning: 'jobs that one worker runs at once, of different users' },
  files_per_batch: { value: 500, unit: 'files', meaning: 'files that a sync records at once' },
  repositories_per_query: { value: 100, unit: 'repositories', meaning: 'repositories that one read may name' },
  code_language_chars: { value: 32, unit: 'characters', meaning: 'length of the name of a language' },
  path_glob_chars: { value: 256, unit: 'characters', meaning: 'length of a path glob' },
  path_glob_stars: { value: 6, unit: 'stars', meaning: 'stars in a path glob' },
  symbol_chars: { value: 256, unit: 'characters', meaning: 'length of the name of a symbol' },
  code_hits: { value: 50, unit: 'hits', meaning: 'largest limit of search_code' },
  code_symbols: { value: 200, unit: 'places', meaning: 'largest limit of find_symbol' },
  code_context_lines: { value: 50, unit: 'lines', meaning: 'lines before and after a hit of search_code' },
  code_answer_chars: { value: 80_000, unit: 'characters', meaning: 'largest max_chars of a read of code' },
  code_search_pool: { value: 100, unit: 'chunks', meaning: 'best chunks of each search leg that are ranked together' },
  code_vector_cache_bytes: {
    value: 268_435_456,
    unit: 'bytes',
    meaning: 'vectors of the code of active users that a code query process holds in memory',
  },
  code_queries_in_flight: {
    value: 200,
    unit: 'reads',
    meaning: 'reads of code that one process answers at once; those that wait for a position count',
  },
  code_reads_in_flight: {
    value: 200,
    unit: 'reads',
    meaning: 'reads of code of one gateway that wait for their answer',
  },
  drain_ms: { value: 10_000, unit: 'ms', meaning: 'how long a stopping service may take to finish what is in hand' },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof table;

/** Every bound of the service: value, unit and meaning. The limits reference is generated from it. */
export const limits: Readonly<Record<LimitName, Limit>> = table;

/** The value of a limit. */
export function limit(name: LimitName): number {
  return table[name].value;
}
