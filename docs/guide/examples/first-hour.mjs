import { readFileSync } from 'node:fs';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

// `npm start` wrote the address and the key of the default user.
const { url, key } = JSON.parse(readFileSync(process.argv[2] ?? '.memlane/connect.json', 'utf8'));
const client = new Client({ name: 'first-hour', version: '1' });
const requestInit = { headers: { authorization: `Bearer ${key}` } };
await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));

async function call(name, args) {
  const { structuredContent, isError } = await client.callTool({ name, arguments: args });
  if (isError) console.log(`${name} was refused: ${structuredContent.error.code}`);
  return structuredContent;
}

// Remember a decision. The answer has a position: a read that carries it sees this write.
const { id, position } = await call('store_memory', {
  content: 'We chose Postgres for billing because of its row-level security',
  type: 'decision',
  tags: ['billing'],
});

// Find it by other words.
const { memories } = await call('search_memories', { query: 'which database keeps the invoices?', position });
console.log(`found: ${memories[0].content}`);

// Change it, but only if nobody else did.
const change = { id, content: 'We chose Postgres 18 for billing because of its row-level security' };
const { version } = await call('update_memory', { ...change, expected_version: 1 });
console.log(`now at version ${version}`);
await call('update_memory', { ...change, expected_version: 1 });

// See what would go before it goes.
const preview = await call('delete_memories', { tags: ['billing'], dry_run: true });
console.log(`would delete ${preview.deleted}`);
const gone = await call('delete_memories', { tags: ['billing'] });
const after = await call('list_memories', { position: gone.position });
console.log(`left: ${after.total}`);
await client.close();
