import { createServer, type AddressInfo } from 'node:net';

/** Whether a port can be listened on; port 0 always can. */
export function isPortFree(port: number, host: string): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => {
      done(false);
    });
    server.listen({ port, host, exclusive: true }, () => {
      server.close(() => {
        done(true);
      });
    });
  });
}

/** A port of the loopback address that nobody listens on at the moment. */
export function findFreePort(host = '127.0.0.1'): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen({ port: 0, host }, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        done(port);
      });
    });
  });
}
