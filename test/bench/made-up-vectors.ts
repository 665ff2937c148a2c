import { randomBytes } from 'node:crypto';
import { partitionOf, readEnv } from '@memlane/contracts';
import { openReaderDb, type Db } from '@memlane/projection';
import {
  commitEmbedded,
  isBehind,
  openVectorsWriter,
  pickPending,
  vectorsPathOf,
  type VectorSet,
} from '@memlane/vector-store';

const PARTITIONS = readEnv({}).MEMLANE_PARTITIONS;
/** As many as the model makes, on average. */
const PER_ITEM = { memory: 1, code: 2 } as const;
const ITEMS_PER_COMMIT = 1_000;
const POLL_MS = 1_000;

/**
 * Gives everything that waits for its vectors some of no meaning: the model takes hours for what a search of them takes
 * milliseconds for. The system must be down.
 *
 * @returns how many memories, or chunks
 */
export function makeUpVectors(dataDir: string, kind: keyof typeof PER_ITEM): number {
  let made = 0;
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const db = openVectorsWriter(vectorsPathOf(dataDir, kind, partition));
    try {
      made += fill(db, PER_ITEM[kind]);
    } finally {
      db.close();
    }
  }
  return made;
}

function fill(db: Db, perItem: number): number {
  const set = findOnlySet(db);
  if (!set) return 0;
  for (let made = 0; ;) {
    const items = pickPending(db, set, { after: '', except: new Set(), most: ITEMS_PER_COMMIT });
    if (items.length === 0) return made;
    const vectors = () => Array.from({ length: perItem }, () => unitVector(set.dimensions));
    commitEmbedded(
      db,
      set,
      items.map((item) => ({ ...item, key: randomBytes(32), vectors: vectors() })),
    );
    made += items.length;
  }
}

/** Waits until Chroma has all vectors of an owner's code. */
export async function untilInChroma(dataDir: string, owner: string): Promise<void> {
  const from = readEnv({}).MEMLANE_CHROMA_FROM;
  const db = openReaderDb(vectorsPathOf(dataDir, 'code', partitionOf(owner, PARTITIONS)));
  try {
    const set = findOnlySet(db);
    while (set && isBehind(db, set, owner, from)) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  } finally {
    db.close();
  }
}

/** `undefined` while the projector has met no model. */
function findOnlySet(db: Db): VectorSet | undefined {
  return db.prepare<[], VectorSet>('SELECT id, model, dimensions FROM vector_set').get();
}

/** Evenly distributed over the sphere, as sums of many numbers are. */
function unitVector(dimensions: number): Float32Array {
  const vector = Float32Array.from({ length: dimensions }, () => Math.random() + Math.random() + Math.random() - 1.5);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
