export { startChromaServer, type ChromaSettings } from './chroma-process.js';
export { natsConfig, startNats, type NatsSettings } from './nats-process.js';
export { findFreePort, isPortFree } from './ports.js';
export { spawnTied, stopProcess, type Exit, type TiedOptions, type TiedProcess } from './spawn-tied.js';
export { waitUntil } from './wait-until.js';
