import type { EmbedRequest } from '@memlane/contracts';

/** One run of a model. */
export type EmbedTexts = (texts: readonly string[], kind: EmbedRequest['kind']) => Promise<Float32Array[]>;

/** Where bulk work goes while there is much of it, so that a query never waits behind it. */
export interface Background {
  /** Resolves when it can embed. */
  start(): Promise<BackgroundRunner>;
}

export interface BackgroundRunner {
  /** @throws BackgroundLost when it went away before it answered; the work is then done elsewhere */
  embed: EmbedTexts;
  stop(): Promise<void>;
}

/** The background runner died with work in hand. */
export class BackgroundLost extends Error {}
