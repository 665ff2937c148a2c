import { version } from './version.js';

/** How the server names itself to MCP clients. */
export const serverInfo = { name: 'memlane', title: 'Memlane', version };
