import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tempDir } from './temp-dir.js';

const run = promisify(execFile);
const ALIAS = 'git.memlane.invalid';

/** A git server over https on loopback, with a certificate that nobody knows but who is given it. */
export interface GitServer {
  /** Host and port, e.g. `localhost:45678`. */
  readonly host: string;
  /** Another name that its certificate is of, which no resolver knows. */
  readonly alias: string;
  /** Certificate (PEM) to check it by. */
  readonly caFile: string;
  /** Address of the repository in this folder below the root. */
  readonly urlOf: (folder: string) => string;
  /** Answers requests for a path with a redirect to elsewhere. */
  readonly redirect: (folder: string, to: string) => string;
  /** Requests that came, by their paths. */
  readonly requests: readonly string[];
  readonly stop: () => Promise<void>;
}

/** Serves the repositories below a folder by git's own `http-backend`. */
export async function startGitServer(root: string): Promise<GitServer> {
  const dir = await tempDir();
  const [keyFile, caFile] = [join(dir, 'key.pem'), join(dir, 'ca.pem')];
  const names = `subjectAltName=DNS:localhost,DNS:${ALIAS},IP:127.0.0.1`;
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const made = ['req', '-x509', ...curve, '-days', '2', '-subj', '/CN=localhost', '-addext', names];
  await run('openssl', [...made, '-keyout', keyFile, '-out', caFile]);
  const redirects = new Map<string, string>();
  const requests: string[] = [];
  const [key, cert] = await Promise.all([readFile(keyFile), readFile(caFile)]);
  const server = createServer({ key, cert }, (request, response) => {
    const url = new URL(request.url ?? '/', 'https://localhost');
    requests.push(url.pathname);
    const [, folder = ''] = url.pathname.split('/');
    const to = redirects.get(folder);
    if (to === undefined) serve(root, url, request, response);
    else response.writeHead(302, { location: `${to}${url.pathname.slice(folder.length + 1)}${url.search}` }).end();
  });
  await listen(server);
  const { port } = server.address() as AddressInfo;
  const host = `localhost:${port}`;
  const urlOf = (folder: string) => `https://${host}/${folder}`;
  return {
    host,
    alias: ALIAS,
    caFile,
    urlOf,
    requests,
    redirect: (folder, to) => {
      redirects.set(folder, to);
      return urlOf(folder);
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
}

/** Runs `git http-backend` for one request, as CGI (RFC 3875). */
function serve(root: string, url: URL, request: IncomingMessage, response: ServerResponse): void {
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      // The folders belong to whoever runs the test.
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      GIT_CONFIG_KEY_1: 'uploadpack.allowAnySHA1InWant',
      GIT_CONFIG_VALUE_1: 'true',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REQUEST_METHOD: request.method ?? 'GET',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  backend.stdin.on('error', () => undefined);
  request.pipe(backend.stdin);
  let head: Buffer | undefined = Buffer.alloc(0);
  backend.stdout.on('data', (part: Buffer) => {
    if (!head) {
      response.write(part);
      return;
    }
    head = Buffer.concat([head, part]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const fields = head
      .toString('latin1', 0, end)
      .split('\r\n')
      .map((line) => line.split(/: */, 2) as [string, string]);
    for (const [name, value] of fields)
      if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    response.write(head.subarray(end + 4));
    head = undefined;
  });
  backend.stdout.on('end', () => response.end());
  response.on('close', () => backend.kill());
}
