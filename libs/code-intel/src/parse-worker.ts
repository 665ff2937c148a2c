import { parentPort } from 'node:worker_threads';
import { openFileParser } from './parse-file.js';
import type { SourceFile } from './types.js';

const parser = await openFileParser();

parentPort?.on('message', (file: SourceFile) => {
  void parser.parse(file).then((parsed) => {
    parentPort?.postMessage(parsed);
  });
});
