import { existsSync, readFileSync } from 'node:fs';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

// `npm start` wrote the address and the key of the default user.
const file = process.argv[2] ?? '.memlane/connect.json';
if (!existsSync(file)) throw new Error(`${file} is not there: run npm start first`);
const { url, key } = JSON.parse(readFileSync(file, 'utf8'));
const client = new Client({ name: 'first-hour', version: '1' });
const requestInit = { headers: { authorization: `Bearer ${key}` } };
await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));

async function call(name, args) {
  const { structuredContent, isError } = await client.callTool({ name, arguments: args });
  if (isError) console.log(`${name} was refused: ${structuredContent.error.code}`);
  return structuredContent;
}

// Everything here has this tag, so that other memories are left alone; an earlier run may have been interrupted.
const tags = ['first-hour'];
await call('delete_memories', { tags });

// Remember a decision. The answer has a position: a read that carries it sees this write.
const { id, position } = await call('store_memory', {
  content: 'Tests of the billing service run on Postgres 17 because of its row-level security',
  type: 'decision',
  tags,
});

// Find it by other words.
const { memories } = await call('search_memories', { query: 'which database keeps the invoices?', tags, position });
console.log(`found: ${memories[0].content}`);

// Change it, but only if nobody else did.
const change = { id, content: 'Tests of the billing service run on Postgres 18 because of its row-level security' };
const { version } = await call('update_memory', { ...change, expected_version: 1 });
console.log(`now at version ${version}`);
await call('update_memory', { ...change, expected_version: 1 });

// See what would go before it goes.
const preview = await call('delete_memories', { tags, dry_run: true });
console.log(`would delete ${preview.deleted}`);
const gone = await call('delete_memories', { tags });
const after = await call('list_memories', { tags, position: gone.position });
console.log(`left: ${after.total}`);
await client.close();
