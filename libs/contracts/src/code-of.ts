/** What the system or SQLite calls an error, such as `ENOENT` or `SQLITE_CORRUPT`; `undefined` when it has no such name. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
