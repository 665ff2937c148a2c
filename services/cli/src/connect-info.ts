/** How a client reaches this server, as it is written to `connect.json`. */
export interface ConnectInfo {
  /** Address of the MCP endpoint. */
  readonly url: string;
  readonly key: string;
}

/** Address of the MCP endpoint; a wildcard address is reached by loopback. */
export function endpointUrl(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}/mcp`;
}

/** Configurations of the usual MCP clients, ready to be pasted. */
export function describeConnection({ url, key }: ConnectInfo, connectFile: string): string {
  const headers = { Authorization: `Bearer ${key}` };
  const vscode = { servers: { memlane: { type: 'http', url, headers } } };
  const cursor = { mcpServers: { memlane: { url, headers } } };
  return [
    '',
    `Memlane is ready at ${url}`,
    '',
    'Claude Code:',
    `  claude mcp add --transport http memlane ${url} --header "Authorization: Bearer ${key}"`,
    '',
    'VS Code (.vscode/mcp.json):',
    indent(JSON.stringify(vscode, null, 2)),
    '',
    'Cursor (.cursor/mcp.json):',
    indent(JSON.stringify(cursor, null, 2)),
    '',
    `Also in ${connectFile}. Ctrl-C stops everything.`,
    '',
  ].join('\n');
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
