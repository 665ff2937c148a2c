import { allows } from '@memlane/auth';
import {
  errorBody,
  MemlaneError,
  parseInput,
  tools,
  withRemedy,
  type CodeQueryInput,
  type CodeQueryName,
  type CommandPayload,
  type CommandType,
  type ErrorBody,
  type QueryInput,
  type QueryName,
  type ToolName,
} from '@memlane/contracts';
import type { Logger } from '@memlane/telemetry';
import type { CallToolResult } from '@modelcontextprotocol/server';
import { askCodeQuery, askQuery, type QueryAnswerText, type ReadPath } from './ask-query.js';
import type { CallProgress } from './call-progress.js';
import { enterSpace, reserveRoom, type EnteredSpace } from './enter-space.js';
import { runCommand, type WritePath } from './issue-command.js';
import { removeRepository, runJobsTool, syncRepository } from './jobs/repository-tools.js';
import type { Admission } from './limits/admit-operations.js';
import { contentBytesOf, costOf, storedBytesOf } from './limits/cost-of.js';
import { runOperation, type OperationCall } from './limits/run-operation.js';
import { showUsage } from './limits/show-usage.js';
import type { StorageQuota } from './limits/storage-quota.js';
import type { UnreadAnswer } from './limits/unread-answers.js';
import { lacksScope } from './scope-refusal.js';
import { searchCodeWithMemories } from './search-code.js';
import { storeMemories } from './store-memories.js';

/** What calling tools needs. */
export interface ToolPaths {
  readonly write: WritePath;
  readonly read: ReadPath;
  readonly admission: Admission;
  readonly storage: StorageQuota;
  /** Folders below which local repositories may be synced. */
  readonly repositoryRoots: readonly string[];
  readonly readCode: ReadPath;
  readonly log: Logger;
}

/** One call, by whom and under which id it is found in the log. */
export interface ToolCall extends OperationCall {
  readonly correlationId: string;
  /** The space that the call writes in; without it, the caller's own. */
  readonly space?: EnteredSpace | undefined;
  readonly onProgress?: ((progress: CallProgress) => void) | undefined;
}

type Run = (paths: ToolPaths, call: ToolCall, name: ToolName, input: never) => Promise<CallToolResult>;

const runs: { readonly [N in ToolName]: Run } = {
  store_memory: write('store-memory'),
  store_memories: runStoreMemories,
  search_memories: read('search-memories'),
  get_memory: read('get-memory'),
  list_memories: read('list-memories'),
  update_memory: write('update-memory'),
  delete_memories: write('delete-memories'),
  memory_overview: runOverview,
  share: write('share-space'),
  unshare: write('unshare-space'),
  list_shares: read('list-shares'),
  sync_repository: async (paths, call, _name, input) => successResult(await syncRepository(paths, call, input)),
  remove_repository: async (paths, call, _name, input) => successResult(await removeRepository(paths, call, input)),
  jobs: async (paths, call, _name, input) => successResult({ jobs: await runJobsTool(paths, call, input) }),
  list_repositories: readCode('list-repositories'),
  search_code: runSearchCode,
  find_symbol: readCode('find-symbol'),
  read_code: readCode('read-code'),
  repo_map: readCode('repo-map'),
};

/** Whether there is a tool of this name. */
export function isToolName(name: string): name is ToolName {
  return Object.hasOwn(runs, name);
}

/**
 * Calls a tool: scope, input, limits, run. Whatever goes wrong is a typed error in the result; a defect is told by its
 * correlation id only, its details are in the log.
 */
export async function callTool(
  paths: ToolPaths,
  call: ToolCall,
  name: ToolName,
  args: Readonly<Record<string, unknown>> | undefined,
): Promise<CallToolResult> {
  const { scope, input } = tools[name];
  if (!allows(call.credential, scope)) return errorResult(lacksScope(scope).body);
  try {
    const parsed = parseInput(input, args ?? {});
    if (!parsed.ok) return errorResult(parsed.error);
    const cost = costOf(name, contentBytesOf(name, parsed.value));
    return await runOperation(paths.admission, call, cost, async () => {
      const { owner } = call.credential;
      const { space: named, ...rest } = parsed.value as { readonly space?: string };
      const space = await enterSpace(paths.read, owner, named);
      await reserveRoom(paths.storage, owner, space, storedBytesOf(name, rest));
      return runs[name](paths, { ...call, space }, name, rest as never);
    });
  } catch (error) {
    return errorResult(bodyOf(error, call.correlationId, paths.log));
  }
}

/** The error body of whatever was thrown; what is not a MemlaneError is a defect, and logged. */
export function bodyOf(error: unknown, correlationId: string, log: Logger): ErrorBody {
  if (error instanceof MemlaneError) return error.body;
  log.error({ err: error, correlationId }, 'defect');
  return errorBody('MEMLANE_ERR_INTERNAL', undefined, { details: { correlation_id: correlationId } });
}

function write(type: Exclude<CommandType, 'store-memories'>): Run {
  return async (paths, call, tool, input: CommandPayload<typeof type> & IdempotencyKey) => {
    const { idempotency_key: idempotencyKey, ...payload } = input;
    const { result, position } = await runCommand(paths.write, call, { type, payload, tool, idempotencyKey });
    return successResult({ ...(result as object), position });
  };
}

interface IdempotencyKey {
  readonly idempotency_key?: string | undefined;
}

async function runStoreMemories(
  paths: ToolPaths,
  call: ToolCall,
  _name: ToolName,
  input: { memories: Record<string, unknown>[] } & IdempotencyKey,
): Promise<CallToolResult> {
  const { memories, idempotency_key: idempotencyKey } = input;
  const answer = await storeMemories(paths.write, { ...call, memories, idempotencyKey });
  return successResult({ ...answer });
}

function read(query: QueryName): Run {
  return async ({ read: path }, { credential, answer }, _name, input: QueryInput<QueryName>) =>
    readResult(await askQuery(path, query, credential.owner, input), answer);
}

/** The query service knows what is stored, the gateway what was used of the plan. */
async function runOverview(
  { read: path, admission }: ToolPaths,
  { credential: { owner } }: ToolCall,
  _name: ToolName,
  input: QueryInput<'memory-overview'>,
): Promise<CallToolResult> {
  const { data } = await askQuery(path, 'memory-overview', owner, input);
  return successResult(showUsage(data, admission.usageOf(owner)));
}

function readCode(query: CodeQueryName): Run {
  return async ({ readCode: path }, { credential, answer }, _name, input: CodeQueryInput<CodeQueryName>) =>
    readResult(await askCodeQuery(path, query, credential.owner, input), answer);
}

/** @throws MemlaneError `MEMLANE_ERR_OVERLOADED` when its user leaves too much unread already */
function readResult({ text, data }: QueryAnswerText, answer: UnreadAnswer): CallToolResult {
  // It is in the answer twice: as text and as data.
  answer.reserve(2 * Buffer.byteLength(text));
  return { content: [{ type: 'text', text }], structuredContent: data };
}

async function runSearchCode(
  paths: ToolPaths,
  call: ToolCall,
  name: ToolName,
  input: CodeQueryInput<'search-code'>,
): Promise<CallToolResult> {
  if (!input.memories) return readCode('search-code')(paths, call, name, input as never);
  const data = await searchCodeWithMemories(paths, call, input);
  return readResult({ text: JSON.stringify(data), data }, call.answer);
}

function successResult(data: Record<string, unknown>): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(data) }], structuredContent: data };
}

/** A typed error as MCP carries it: structured, and the same as text; the agent reads what it can do about it. */
export function errorResult(error: ErrorBody): CallToolResult {
  const data = { error: withRemedy(error) };
  return { isError: true, content: [{ type: 'text', text: JSON.stringify(data) }], structuredContent: data };
}
