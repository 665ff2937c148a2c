/**
 * The token of an `Authorization: Bearer <token>` header; `undefined` when there is none. The scheme's case does not
 * matter (RFC 9110 §11.1).
 */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const match = /^bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(header);
  return match?.[1];
}
