import type { EmbedLane } from '@memlane/contracts';
import type { Pace } from '@memlane/event-log';
import type { Db } from '@memlane/projection';
import type { PendingMemory, VectorKind } from '@memlane/vector-store';
import type { ReadModelSource } from './read-model-source.js';

/** An entry of an outbox: an item whose vectors have to be made, or removed. */
export interface OutboxEntry extends PendingMemory {
  readonly gone: boolean;
}

/** A page begins behind an item, or behind all items of a commit. */
export interface OutboxPage {
  readonly after: { readonly seq: number; readonly owner?: string; readonly memoryId?: string };
  readonly limit: number;
}

/** How waiting items of a source are given to the embedder. */
export interface SourceLane {
  readonly lane: EmbedLane;
  /** Items of one owner in one request. */
  readonly batch: number;
  /** Owners of a partition that have such a request open at once. */
  readonly ownersAtOnce: number;
  /** Only for owners with no more waiting items than this; default: for all. */
  readonly waitingAtMost?: number;
}

/** What vectors of one kind are made from. */
export interface VectorSource {
  readonly kind: VectorKind;
  /** Name of the projection that it reads; its projector is called after it. */
  readonly projection: string;
  /** Name of the progress notices. */
  readonly progress: string;
  /** An owner's items go into the first lane that has room. */
  readonly lanes: readonly SourceLane[];
  readonly follow: (partition: number) => ReadModelSource;
  /** How the outbox is taken in: while that goes on, nothing else of this process does. */
  readonly intake: {
    /** Items of one page. */
    readonly rows: number;
    /** Called after a page with the milliseconds that it took; the next one begins when it resolves. */
    readonly rest?: Pace['rest'];
  };
  /** Items that changed, by sequence, behind a commit or one of its items. */
  readonly readOutbox: (db: Db, page: OutboxPage) => OutboxEntry[];
  /** The texts of waiting items; `undefined` for what has changed meanwhile: it comes again with the outbox. */
  readonly readTexts: (db: Db, wanted: readonly PendingMemory[]) => (string | undefined)[];
}
