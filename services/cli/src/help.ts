import { scopes } from '@memlane/contracts';

export const helpText = `memlane: a shared memory server for AI agents

Usage
  memlane up [flags]                      run everything on this machine
  memlane status [flags]                  how the running services are
  memlane keys create --owner ID [--name NAME] [--scopes a,b] [--expires-at TIME]
  memlane keys list [--owner ID]          keys, when they expire and when they were last used
  memlane keys rotate KEY_ID [--overlap 1h]
                                          a new text for a key; the one before works on for the overlap
  memlane keys revoke KEY_ID
  memlane keys log [--owner ID]           what happened to accounts, and who did it
  memlane jobs list [--owner ID]          the last sync of every repository, and how far it is
  memlane jobs show JOB_ID --owner ID     one sync, and what earlier ones of its repository changed
  memlane jobs cancel JOB_ID --owner ID
  memlane jobs retry JOB_ID --owner ID
  memlane teams create TEAM
  memlane teams add TEAM USER
  memlane teams remove TEAM USER
  memlane teams list [--team TEAM]        teams and who is in them
  memlane plans show                      limits of every plan, and who is on which
  memlane plans set FILE                  replace the plans; no restart is needed
  memlane plans assign OWNER PLAN
  memlane rebuild [flags]                 build read model and code index anew from the log

Flags
  --port N          port of the MCP endpoint (7400; 0 takes a free one)
  --host ADDRESS    address to listen on (127.0.0.1)
  --data-dir DIR    everything that is kept (./.memlane)
  --gateways N, --command-handlers N, --queries N
                    processes of these services that \`up\` runs (1)
  --cache-dir DIR   downloaded parts (the user's cache folder)
  --log-level L     debug, info, warn or error (info)
  --json            with status, keys, teams and jobs: one JSON object a line
  --help, --version

A flag goes before the environment variable of the same meaning, e.g. MEMLANE_PORT.
Scopes: ${scopes.join(', ')}.
`;

/** The lines of the help of the commands that begin with a word such as `keys`. */
export function helpOf(group: string): string {
  const entries = helpText.match(/^ {2}memlane .*\n(?: {4}.*\n)*/gm) ?? [];
  return entries.filter((entry) => entry.startsWith(`  memlane ${group} `)).join('');
}
