import { allows } from '@memlane/auth';
import {
  errors,
  limit,
  parseCodeUri,
  withRemedy,
  type CodeLocation,
  type ErrorBody,
  type ToolName,
} from '@memlane/contracts';
import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  type ReadResourceResult,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { askCodeQuery, askQuery, type QueryAnswerText } from './ask-query.js';
import { bodyOf, type ToolPaths } from './call-tool.js';
import { callerOf } from './caller.js';
import { costOf } from './limits/cost-of.js';
import { runOperation } from './limits/run-operation.js';
import { spanOfMcp } from './mcp-span.js';
import { memoryIdOf } from './memory-uri.js';

/** How a resource is read: as the tool that does the same, and by its scope. */
interface Reading {
  readonly as: ToolName;
  readonly scope: 'code:read' | 'memory:read';
  ask(owner: string): Promise<QueryAnswerText>;
  show(
    data: QueryAnswerText['data'],
  ): Pick<ReadResourceResult, '_meta'> & { readonly mimeType: string; readonly text: string };
}

/**
 * Reads a memory or code of the caller. What is not there, what is somebody else's and what the key may not read are
 * answered alike.
 *
 * @throws ProtocolError
 */
export async function readResource(paths: ToolPaths, uri: string, context: ServerContext): Promise<ReadResourceResult> {
  const caller = callerOf(context.http?.authInfo);
  const { credential, correlationId, answer } = caller;
  const reading = readingOf(paths, uri);
  if (!reading || !allows(credential, reading.scope)) throw new ResourceNotFoundError(uri.slice(0, 256));
  const { owner } = credential;
  const call = { ...caller, signal: context.mcpReq.signal };
  const ask = () =>
    runOperation(paths.admission, call, costOf(reading.as, 0), async () => {
      const asked = await reading.ask(owner);
      answer.reserve(Buffer.byteLength(asked.text));
      return asked;
    });
  try {
    const { data } = await spanOfMcp(context, {}, ask);
    return { contents: [{ uri, ...reading.show(data) }] };
  } catch (error) {
    throw toProtocolError(bodyOf(error, correlationId, paths.log), uri);
  }
}

function readingOf(paths: ToolPaths, uri: string): Reading | undefined {
  const id = memoryIdOf(uri);
  if (id !== undefined) return readMemory(paths, id);
  const location = parseCodeUri(uri);
  return location && readCode(paths, location);
}

function readMemory({ read }: ToolPaths, id: string): Reading {
  return {
    as: 'get_memory',
    scope: 'memory:read',
    ask: (owner) => askQuery(read, 'get-memory', owner, { id, history: false }),
    show: ({ memory }) => ({ mimeType: 'application/json', text: JSON.stringify(memory) }),
  };
}

/** As much as one read of code answers; `_meta` says of which commit it is, and what was left out. */
function readCode({ readCode: path }: ToolPaths, { startLine, endLine, ...at }: CodeLocation): Reading {
  const lines = { start_line: startLine, end_line: endLine };
  return {
    as: 'read_code',
    scope: 'code:read',
    ask: (owner) => askCodeQuery(path, 'read-code', owner, { ...at, ...lines, max_chars: limit('code_answer_chars') }),
    show: ({ text, commit, start_line, end_line, left_out }) => ({
      mimeType: 'text/plain',
      text: String(text),
      _meta: { commit, start_line, end_line, ...(left_out !== undefined && { left_out }) },
    }),
  };
}

function toProtocolError(error: ErrorBody, uri: string): ProtocolError {
  if (error.code === 'MEMLANE_ERR_NOT_FOUND') return new ResourceNotFoundError(uri);
  const isTheirs = errors[error.code].status < 500;
  return new ProtocolError(
    isTheirs ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError,
    error.message,
    { error: withRemedy(error) },
  );
}
