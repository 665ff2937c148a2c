import { expect, test } from 'vitest';
import { describeConnection, endpointUrl } from './connect-info.js';

test('the address can be opened, also for a wildcard and for IPv6', () => {
  expect(endpointUrl('127.0.0.1', 7400)).toBe('http://127.0.0.1:7400/mcp');
  expect(endpointUrl('0.0.0.0', 7400)).toBe('http://127.0.0.1:7400/mcp');
  expect(endpointUrl('::', 7400)).toBe('http://[::1]:7400/mcp');
  expect(endpointUrl('memory.example.org', 80)).toBe('http://memory.example.org:80/mcp');
});

test('each client gets a configuration with address and key', () => {
  const text = describeConnection({ url: 'http://127.0.0.1:1/mcp', key: 'mlk_x' }, '/data/connect.json');
  expect(text).toContain('claude mcp add --transport http memlane http://127.0.0.1:1/mcp');
  const objects = [...text.matchAll(/^ {2}\{[\s\S]*?^ {2}\}/gm)].map(([json]) => JSON.parse(json) as object);
  expect(objects).toEqual([
    {
      servers: {
        memlane: { type: 'http', url: 'http://127.0.0.1:1/mcp', headers: { Authorization: 'Bearer mlk_x' } },
      },
    },
    { mcpServers: { memlane: { url: 'http://127.0.0.1:1/mcp', headers: { Authorization: 'Bearer mlk_x' } } } },
  ]);
});
