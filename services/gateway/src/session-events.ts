import { limit } from '@memlane/contracts';
import type { EventStore, JSONRPCMessage } from '@modelcontextprotocol/server';

interface KeptEvent {
  readonly streamId: string;
  readonly message: JSONRPCMessage;
  readonly bytes: number;
}

/**
 * The last messages of one session, for a client that lost its connection and asks for what it missed
 * (`Last-Event-ID`). Bounded by size: what is too old is gone, and the client repeats its call.
 */
export function keepSessionEvents(maxBytes = limit('mcp_session_event_bytes')): EventStore {
  const events = new Map<string, KeptEvent>();
  let bytes = 0;
  let count = 0;
  return {
    storeEvent: async (streamId, message) => {
      count += 1;
      const id = `${streamId}_${count}`;
      const size = JSON.stringify(message).length;
      events.set(id, { streamId, message, bytes: size });
      bytes += size;
      for (const [oldest, event] of events) {
        if (bytes <= maxBytes) break;
        events.delete(oldest);
        bytes -= event.bytes;
      }
      return id;
    },
    getStreamIdForEventId: async (id) => events.get(id)?.streamId ?? standaloneStreamOf(id),
    replayEventsAfter: async (lastId, { send }) => {
      const last = events.get(lastId);
      if (!last) return standaloneStreamOf(lastId) ?? '';
      let after = false;
      for (const [id, event] of [...events]) {
        if (after && event.streamId === last.streamId) await send(id, event.message);
        after ||= id === lastId;
      }
      return last.streamId;
    },
  };
}

/** The SDK's name of the stream that a client opens by GET. */
const STANDALONE = '_GET_stream';

/** That stream goes on also after an event that is not known here: another gateway sent it, or it is too old. */
function standaloneStreamOf(eventId: string): string | undefined {
  return eventId.startsWith(`${STANDALONE}_`) ? STANDALONE : undefined;
}
