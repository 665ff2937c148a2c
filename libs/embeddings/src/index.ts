export { decodeAnswer, encodeEmbedding, encodeRefusal, type EmbedderUnavailable, type Embedding } from './answer.js';
export { cutRequest, embedRemotely, type Embedded } from './embed-remotely.js';
export { BackgroundLost, openLanes, type Background, type BackgroundRunner, type Lanes } from './lanes.js';
export { loadLocalModel, type Model } from './local-model.js';
export { modelKeyOf, readManifest, type Manifest } from './manifest.js';
export { createQueryCache, type QueryCache } from './query-cache.js';
export { bytesToVectors, vectorsToBytes } from './vector-bytes.js';
