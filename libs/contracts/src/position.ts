import { fnv1a32 } from './partition.js';

/** A point in one partition's event stream that a read can wait for. */
export interface Position {
  readonly partition: number;
  /** Identifies the incarnation of the stream, so that a position of a restored or recreated log is not mistaken. */
  readonly epoch: string;
  /** Sequence of the last commit that the position includes; 0 before the first. */
  readonly seq: number;
}

/** The epoch of a stream, from the `created` time that the server reports for it (RFC 3339 text, as reported). */
export function epochOf(streamCreated: string): string {
  return fnv1a32(streamCreated).toString(36);
}

/** Wire form `<partition>.<epoch>.<seq>`. */
export function formatPosition(position: Position): string {
  return `${position.partition}.${position.epoch}.${position.seq}`;
}

/** Reads the wire form; `undefined` when it is not one. */
export function parsePosition(text: string): Position | undefined {
  const match = /^(\d{1,4})\.([0-9a-z]{1,8})\.(\d{1,16})$/.exec(text);
  if (!match) return undefined;
  const [, partition, epoch, seq] = match;
  return { partition: Number(partition), epoch: String(epoch), seq: Number(seq) };
}
