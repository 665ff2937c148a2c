export { decodeAnswer, encodeEmbedding, encodeRefusal, type EmbedderUnavailable, type Embedding } from './answer.js';
export { BackgroundLost, type Background, type BackgroundRunner } from './background.js';
export { cutRequest, embedRemotely, type Embedded } from './embed-remotely.js';
export { openLanes, type Lanes } from './lanes.js';
export { modelKeyOf, readManifest, type Manifest } from './manifest.js';
export { createQueryCache, type QueryCache } from './query-cache.js';
export { bytesToVectors, vectorsToBytes } from './vector-bytes.js';
