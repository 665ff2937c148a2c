#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { MemlaneError } from '@memlane/contracts';
import { StartRefusedError } from '@memlane/supervision';
import { helpText } from './help.js';
import { runJobs } from './jobs.js';
import { runKeys } from './keys.js';
import { readRequest, type Request } from './options.js';
import { runPlans } from './plans.js';
import { rebuild } from './rebuild.js';
import { showStatus } from './status.js';
import { runTeams } from './teams.js';
import { up } from './up.js';
import { UsageError } from './usage-error.js';

const write = (line: string) => {
  process.stdout.write(`${line}\n`);
};

async function readVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

async function run(request: Request): Promise<number> {
  switch (request.command) {
    case 'help':
      write(helpText);
      return 0;
    case 'version':
      write(await readVersion());
      return 0;
    case 'up':
      return up(request.env, write);
    case 'status':
      return (await showStatus(request.env, request.json, write)) ? 0 : 1;
    case 'rebuild':
      await rebuild(request.env, write);
      return 0;
    case 'keys-create':
    case 'keys-list':
    case 'keys-rotate':
    case 'keys-revoke':
    case 'keys-log':
      await runKeys(request, write);
      return 0;
    case 'jobs-list':
    case 'jobs-show':
    case 'jobs-cancel':
    case 'jobs-retry':
      await runJobs(request, write);
      return 0;
    case 'teams-create':
    case 'teams-add':
    case 'teams-remove':
    case 'teams-list':
      await runTeams(request, write);
      return 0;
    case 'plans-show':
    case 'plans-set':
    case 'plans-assign':
      await runPlans(request, write);
      return 0;
  }
}

function explain(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\nTry "memlane --help".`;
  if (error instanceof StartRefusedError) return error.message;
  if (error instanceof MemlaneError) return `${error.body.code}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

// A terminal that is closed takes its end of the pipe along; an orderly stop goes on without it.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

async function main(): Promise<number> {
  try {
    return await run(readRequest(process.argv.slice(2), process.env));
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

// Whatever still holds the loop has been told to stop: nobody waits for it.
process.exit(await main());
