interface ErrorEntry {
  /** HTTP status over REST and for requests that never reach MCP. */
  readonly status: number;
  readonly retryable: boolean;
  readonly meaning: string;
  /** What the caller can do about it. */
  readonly remedy: string;
}

const table = {
  MEMLANE_ERR_INVALID_INPUT: {
    status: 400,
    retryable: false,
    meaning: 'A field is missing, unknown, of the wrong type or beyond its limit.',
    remedy: 'Correct the field that the error names; its limit is in the error.',
  },
  MEMLANE_ERR_INVALID_CURSOR: {
    status: 400,
    retryable: false,
    meaning: 'The cursor is not one of this server, or belongs to another query or user.',
    remedy: 'Start again without a cursor.',
  },
  MEMLANE_ERR_INVALID_TIME: {
    status: 400,
    retryable: false,
    meaning: 'The time expression was not understood.',
    remedy:
      'Use a form such as "yesterday morning", "last week", "in March 2025", or after/before with ISO 8601 times.',
  },
  MEMLANE_ERR_EMPTY_FILTER: {
    status: 400,
    retryable: false,
    meaning: 'A deletion was asked for without saying of what.',
    remedy: 'Give ids, tags, after or before.',
  },
  MEMLANE_ERR_TOO_MANY_MATCHES: {
    status: 400,
    retryable: false,
    meaning: 'The deletion matches more memories than one call may remove.',
    remedy: 'Narrow the filter, for example by after and before.',
  },
  MEMLANE_ERR_TOO_MANY_SHARES: {
    status: 400,
    retryable: false,
    meaning: 'This user shares as much as one user may.',
    remedy: 'Unshare what is not needed.',
  },
  MEMLANE_ERR_UNAUTHENTICATED: {
    status: 401,
    retryable: false,
    meaning: 'No credential, or one that is not valid.',
    remedy: 'Send "Authorization: Bearer <key>"; create a key with "memlane keys create".',
  },
  MEMLANE_ERR_FORBIDDEN: {
    status: 403,
    retryable: false,
    meaning:
      'The credential does not allow this, a space is for reading only, or the request came from a foreign origin.',
    remedy: 'Use a key with the needed scope, from an allowed host; ask the owner of a space for write access.',
  },
  MEMLANE_ERR_NOT_FOUND: {
    status: 404,
    retryable: false,
    meaning: 'There is no such thing for this user.',
    remedy: 'Check the id; search or list to find it.',
  },
  MEMLANE_ERR_VERSION_CONFLICT: {
    status: 409,
    retryable: false,
    meaning: 'The memory has changed since the version that was expected.',
    remedy: 'Read it again and repeat the update with the current version, which the error names.',
  },
  MEMLANE_ERR_DUPLICATE_CONTENT: {
    status: 409,
    retryable: false,
    meaning: 'Another memory of this user has exactly this content already.',
    remedy: 'Use the memory that the error names, or delete it first.',
  },
  MEMLANE_ERR_CONFLICT: {
    status: 409,
    retryable: true,
    meaning: 'Concurrent writes kept getting in front of this one.',
    remedy: 'Try again with the same idempotency key.',
  },
  MEMLANE_ERR_IDEMPOTENCY_MISMATCH: {
    status: 409,
    retryable: false,
    meaning: 'The idempotency key was used before for a different request.',
    remedy: 'Use a new key for a new request.',
  },
  MEMLANE_ERR_INVALID_SOURCE: {
    status: 400,
    retryable: false,
    meaning: 'The source of a repository is not one that this server reads.',
    remedy:
      'Give an https URL without credentials on a public host, or a path below a folder that the operator allows.',
  },
  MEMLANE_ERR_REPOSITORY_NAME_TAKEN: {
    status: 409,
    retryable: false,
    meaning: 'Another repository of this user, with another source, has this name.',
    remedy: 'Give another name, or remove the other repository first.',
  },
  MEMLANE_ERR_JOB_RUNNING: {
    status: 409,
    retryable: true,
    meaning: 'The repository is being synced to another ref, or not in full.',
    remedy: 'Wait for the job that the error names, or cancel it.',
  },
  MEMLANE_ERR_TOO_MANY_JOBS: {
    status: 429,
    retryable: true,
    meaning: 'This user has as many jobs waiting as one may have.',
    remedy: 'Wait until one has ended, or cancel one.',
  },
  MEMLANE_ERR_REQUEST_TIMEOUT: {
    status: 408,
    retryable: true,
    meaning: 'The request did not arrive completely in time.',
    remedy: 'Send the request again, on a faster connection or in smaller parts.',
  },
  MEMLANE_ERR_TOO_LARGE: {
    status: 413,
    retryable: false,
    meaning: 'The request body or its headers are too large.',
    remedy: 'Send less at once; the limit is in the error.',
  },
  MEMLANE_ERR_ANSWER_TOO_LARGE: {
    status: 413,
    retryable: false,
    meaning: 'The answer is larger than one answer may be.',
    remedy: 'Ask for less at once: a smaller limit, or narrower filters.',
  },
  MEMLANE_ERR_UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    retryable: false,
    meaning: 'The content type of the request is not supported.',
    remedy: 'Send application/json.',
  },
  MEMLANE_ERR_RATE_LIMITED: {
    status: 429,
    retryable: true,
    meaning: "A limit of the user's plan, or of what one user may have open, is reached; nothing was accepted.",
    remedy:
      'Wait as long as the error names, or close a stream, then try again; memory_overview shows use and limits of the plan.',
  },
  MEMLANE_ERR_QUOTA_EXCEEDED: {
    status: 403,
    retryable: false,
    meaning: "There is no room left in what the user's plan may store; nothing was accepted.",
    remedy: 'Delete what is no longer needed, or ask the operator for a larger plan.',
  },
  MEMLANE_ERR_OVERLOADED: {
    status: 503,
    retryable: true,
    meaning: 'A part of the server is saturated; nothing was accepted.',
    remedy: 'Try again after the time that the error names.',
  },
  MEMLANE_ERR_PENDING: {
    status: 202,
    retryable: true,
    meaning: 'The command is accepted and durable, its outcome is not known yet.',
    remedy: 'Repeat the call with the same idempotency key; it returns the first outcome.',
  },
  MEMLANE_ERR_POSITION_NOT_REACHED: {
    status: 503,
    retryable: true,
    meaning: 'The read model has not reached the position that was asked for.',
    remedy: 'Try again shortly, or read without a position.',
  },
  MEMLANE_ERR_POSITION_UNKNOWN: {
    status: 400,
    retryable: false,
    meaning: 'The position belongs to another user or to a log that no longer exists.',
    remedy: 'Read without a position.',
  },
  MEMLANE_ERR_UNAVAILABLE: {
    status: 503,
    retryable: true,
    meaning: 'A part of the server cannot be reached at the moment.',
    remedy: 'Try again shortly; writes with the same idempotency key are safe to repeat.',
  },
  MEMLANE_ERR_INTERNAL: {
    status: 500,
    retryable: false,
    meaning: 'A defect in the server.',
    remedy: 'Report it with the correlation id; the log has the details under that id.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof table;

/** Every error that a user can see. The errors reference is generated from it. */
export const errors: Readonly<Record<ErrorCode, ErrorEntry>> = table;

/** What a caller gets: over MCP as `structuredContent.error`, over REST inside problem details. */
export interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  /** Path of the input field at fault, e.g. `memories[3].tags`. */
  readonly field?: string;
  readonly limit?: number;
  readonly retry_after_seconds?: number;
  /** Facts that help to go on, such as `current_version` of a conflict or the `id` of a duplicate. */
  readonly details?: Readonly<Record<string, string | number>>;
}

type ErrorExtras = Omit<Partial<ErrorBody>, 'code' | 'retryable' | 'message'>;

/** Builds an error body; the message defaults to the registry's meaning. Never put user data into a message. */
export function errorBody(code: ErrorCode, message: string = table[code].meaning, extras: ErrorExtras = {}): ErrorBody {
  return { code, message, retryable: table[code].retryable, ...extras };
}

/** An error with what the caller can do about it. */
export function withRemedy(error: ErrorBody): ErrorBody & { readonly remedy: string } {
  return { ...error, remedy: table[error.code].remedy };
}

/** Carries an {@link ErrorBody} through code that can only throw. */
export class MemlaneError extends Error {
  readonly body: ErrorBody;
  constructor(body: ErrorBody, options?: ErrorOptions) {
    super(body.message, options);
    this.name = 'MemlaneError';
    this.body = body;
  }
}

/** Shorthand for `new MemlaneError(errorBody(...))`. */
export function memlaneError(code: ErrorCode, message?: string, extras?: ErrorExtras): MemlaneError {
  return new MemlaneError(errorBody(code, message, extras));
}
