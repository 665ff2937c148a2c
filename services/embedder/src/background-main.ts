import { loadLocalModel } from '@memlane/embeddings/local-model';
import type { BackgroundMessage, BackgroundRun } from './background-protocol.js';

// The embedder's second model, a process of its own while there is much bulk work. It ends with its parent.
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group; the parent decides when this one ends.
process.on('SIGINT', () => {});

const send = (message: BackgroundMessage) => process.send?.(message);
const model = await loadLocalModel(process.argv[2] ?? '');

async function answer({ id, kind, texts }: BackgroundRun): Promise<void> {
  try {
    send({ is: 'done', id, vectors: await model.embed(texts, kind) });
  } catch (error) {
    send({ is: 'failed', id, message: error instanceof Error ? error.message : String(error) });
  }
}

process.on('message', (run: BackgroundRun) => void answer(run));
send({ is: 'ready' });
