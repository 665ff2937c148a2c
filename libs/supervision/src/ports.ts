import { createServer, type AddressInfo } from 'node:net';

/**
 * Finds out that a port can be listened on; port 0 takes one that nobody listens on at the moment.
 * @returns the port
 * @throws Error of `listen` with its `code` when it cannot
 */
export function findFreePort(host = '127.0.0.1', port = 0): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen({ port, host, exclusive: true }, () => {
      const { port: found } = server.address() as AddressInfo;
      server.close(() => {
        done(found);
      });
    });
  });
}
