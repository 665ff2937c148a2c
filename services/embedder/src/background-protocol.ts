import type { EmbedRequest } from '@memlane/contracts';

/** One run that the embedder asks of its background process. */
export interface BackgroundRun {
  readonly id: number;
  readonly kind: EmbedRequest['kind'];
  readonly texts: readonly string[];
}

/** What the background process says: that it is ready, or the result of one run. */
export type BackgroundMessage =
  | { readonly is: 'ready' }
  | { readonly is: 'done'; readonly id: number; readonly vectors: Float32Array[] }
  | { readonly is: 'failed'; readonly id: number; readonly message: string };
