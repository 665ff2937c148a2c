import { limit } from '@memlane/contracts';
import type { Server } from 'node:http';
import { Socket } from 'node:net';

/** Connections that somebody else has accepted and handed over to this gateway. */
export interface HandedConnections {
  /** Takes the connections that a supervisor hands over: `{connection: id}` with a socket, answered by `{taken: id}`. */
  listen(): void;
  /** Takes no more; resolves when the last one is closed. */
  close(): Promise<void>;
}

/** @param server also listens by itself: its time-outs run only then */
export function takeHandedConnections(server: Server, max = limit('http_connections')): HandedConnections {
  const open = new Set<Socket>();
  let closing = false;
  let drained = () => {};
  const adopt = (socket: Socket) => {
    if (closing || open.size >= max) {
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      if (open.size === 0) drained();
    });
    server.emit('connection', socket);
  };
  const onMessage = (message: unknown, handle: unknown) => {
    if (typeof message !== 'object' || message === null || !('connection' in message)) return;
    // A client that is gone by now leaves none.
    if (handle instanceof Socket) adopt(handle);
    process.send?.({ taken: message.connection });
  };
  return {
    listen: () => {
      process.on('message', onMessage);
    },
    close: async () => {
      closing = true;
      if (open.size > 0) await new Promise<void>((resolve) => (drained = resolve));
      process.off('message', onMessage);
    },
  };
}
