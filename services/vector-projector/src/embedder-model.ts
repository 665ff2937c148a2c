import { live } from '@memlane/contracts';
import type { NatsConnection } from '@nats-io/nats-core';

/** The model that vectors are made by. */
export interface EmbedderModel {
  readonly key: string;
  readonly dimensions: number;
}

const WAIT_MS = 2_000;

/** Asks the embedder for its model; `off` when it has none, `unavailable` when it does not answer. */
export async function askModel(nc: NatsConnection): Promise<EmbedderModel | 'off' | 'unavailable'> {
  try {
    const answer = await nc.request(live.admin('embedder', 'status'), undefined, { timeout: WAIT_MS });
    const { model } = answer.json<{ model: EmbedderModel | null }>();
    return model ?? 'off';
  } catch {
    return 'unavailable';
  }
}
