import { parentPort } from 'node:worker_threads';
import { openReaderDb } from '@memlane/projection';
import { openGraphReader } from './graph-change.js';
import type { GraphRequest } from './graph-builder.js';

const read = openGraphReader();

parentPort?.on('message', ({ file, of }: GraphRequest) => {
  const db = openReaderDb(file);
  try {
    parentPort?.postMessage(read(db, of));
  } finally {
    db.close();
  }
});
