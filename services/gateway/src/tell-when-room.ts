import type { EventStream } from './event-stream.js';

/**
 * Tells of changed resources as fast as a stream takes it. What changes while the stream has no room is told once, when
 * it has: whoever hears of a change reads the resource as it is then, so that one notice stands for all before it. As many
 * may wait as there are resources to be told of.
 */
export function tellWhenRoom(
  stream: Pick<EventStream, 'hasRoom' | 'drained' | 'ended'>,
  tell: (uri: string) => void,
): (uri: string) => void {
  const waiting = new Set<string>();
  const tellWaiting = async () => {
    await stream.drained();
    if (stream.ended.aborted) return;
    const uris = [...waiting];
    waiting.clear();
    for (const uri of uris) tell(uri);
  };
  return (uri) => {
    if (waiting.size === 0 && stream.hasRoom()) return tell(uri);
    waiting.add(uri);
    if (waiting.size === 1) void tellWaiting();
  };
}
