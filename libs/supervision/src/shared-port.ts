import type { ChildProcess } from 'node:child_process';
import { createServer, type Socket } from 'node:net';

/** A port that several processes serve together. */
export interface SharedPort {
  readonly port: number;
  /** The process takes its turn from now until it ends. */
  serve(child: ChildProcess): void;
  /** Gives the port back; connections that were handed over live on. */
  close(): void;
}

export interface SharedPortSettings {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Connections that wait for a process at most; further ones are cut off. */
  readonly maxWaiting: number;
}

interface Member {
  readonly child: ChildProcess;
  /** Handed over and not taken yet. */
  handing: { readonly id: number; readonly socket: Socket } | undefined;
}

/**
 * Accepts the connections of a port and hands them over, unread, to the processes that serve it, in turn. The port is
 * ours, so the end of a process costs its own connections only: others go on, new ones go to the others or wait.
 *
 * The message to a process is `{connection: id}` with the socket; its answer is `{taken: id}`.
 *
 * @throws Error of `listen` when the port cannot be had
 */
export async function openSharedPort({ host, port, maxWaiting }: SharedPortSettings): Promise<SharedPort> {
  const members: Member[] = [];
  const waiting: Socket[] = [];
  let count = 0;

  const dispatch = () => {
    for (;;) {
      const at = members.findIndex(({ handing }) => !handing);
      const member = members[at];
      const socket = member && waiting.shift();
      if (!socket) return;
      // Whoever was served goes to the end of the queue.
      members.push(...members.splice(at, 1));
      handOver(member, socket);
    }
  };
  const handOver = (member: Member, socket: Socket) => {
    const handing = { id: (count += 1), socket };
    member.handing = handing;
    // We keep it open until it is taken: who dies with it in hand would leave its client waiting for ever otherwise.
    member.child.send({ connection: handing.id }, socket, { keepOpen: true }, (error) => {
      if (!error || member.handing !== handing) return;
      member.handing = undefined;
      waiting.unshift(socket);
      leave(member);
    });
  };
  const leave = (member: Member) => {
    const at = members.indexOf(member);
    if (at >= 0) members.splice(at, 1);
    // It may have read from it already, so that nobody else can go on with it.
    member.handing?.socket.destroy();
    member.handing = undefined;
    dispatch();
  };

  const server = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on('error', () => undefined);
    if (waiting.length >= maxWaiting) {
      socket.destroy();
      return;
    }
    waiting.push(socket);
    dispatch();
  });
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen({ host, port }, done);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    serve: (child) => {
      const member: Member = { child, handing: undefined };
      child.on('message', (message) => {
        if (typeof message !== 'object' || !('taken' in message) || message.taken !== member.handing?.id) return;
        member.handing?.socket.destroy();
        member.handing = undefined;
        dispatch();
      });
      child.once('disconnect', () => leave(member));
      // The channel stays up, as far as Node is concerned, while a socket that it has sent is not confirmed.
      child.once('exit', () => leave(member));
      if (!child.connected) return;
      members.push(member);
      dispatch();
    },
    close: () => {
      server.close();
      for (const socket of waiting.splice(0)) socket.destroy();
    },
  };
}
