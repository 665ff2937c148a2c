export { openBlobs, type Blobs, type BlobStore } from './blobs.js';
export type { CommitFeed, CommitFeedOptions, FeedItem } from './commit-feed.js';
export * from './connect-nats.js';
export * from './consume-commands.js';
export { onConnection } from './on-connection.js';
export * from './open-log.js';
export { isPassing, publishWithRetry } from './retry-publish.js';
export { streamTable } from './stream-table.js';
export * from './upcast-event.js';
