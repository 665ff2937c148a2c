import { parentPort, workerData } from 'node:worker_threads';
import { openReaderDb } from '@memlane/projection';
import { readGraphChange, type GraphOf } from './graph-change.js';

const { file, of } = workerData as { readonly file: string; readonly of: GraphOf };

const db = openReaderDb(file);
try {
  parentPort?.postMessage(readGraphChange(db, of));
} finally {
  db.close();
}
