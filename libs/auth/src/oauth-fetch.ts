import { limit } from '@memlane/contracts';

/** An identity provider could not be asked, or answered with something that is not its metadata. */
export class IssuerUnavailableError extends Error {
  constructor(options?: ErrorOptions) {
    super('the identity provider cannot be asked', options);
    this.name = 'IssuerUnavailableError';
  }
}

/**
 * Reads a small document of an identity provider, bounded in time and size. Redirects are not followed: they would lead
 * to where the operator did not point.
 *
 * @throws IssuerUnavailableError
 */
export async function fetchDocument(url: string): Promise<Response> {
  try {
    const response = await fetch(url, {
      redirect: 'error',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(limit('oauth_fetch_ms')),
    });
    const chunks: Uint8Array[] = [];
    let size = 0;
    const body: AsyncIterable<Uint8Array> | Iterable<Uint8Array> = response.body ?? [];
    for await (const chunk of body) {
      size += chunk.byteLength;
      if (size > limit('oauth_document_bytes')) throw new IssuerUnavailableError();
      chunks.push(chunk);
    }
    return new Response(Buffer.concat(chunks), { status: response.status });
  } catch (error) {
    throw new IssuerUnavailableError({ cause: error });
  }
}
