import { parentPort } from 'node:worker_threads';
import { openFileParser } from './parse-file.js';
import type { SourceFile } from './types.js';

const parser = await openFileParser();

/** One after the other, so that the answers are in the order of the files. */
let last = Promise.resolve();

parentPort?.on('message', (file: SourceFile) => {
  last = last.then(async () => parentPort?.postMessage(await parser.parse(file)));
});
