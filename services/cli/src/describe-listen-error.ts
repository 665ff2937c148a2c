import { codeOf } from '@memlane/contracts';

/** Why an address cannot be listened on, and what to do about it. @param error what `listen` says, with its `code` */
export function describeListenError(error: unknown, host: string, port: number): string {
  switch (codeOf(error) ?? '') {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EADDRNOTAVAIL':
    case 'EINVAL':
      return `${host} is not an address of this machine. Choose one with --host, such as 127.0.0.1, or 0.0.0.0 for all.`;
    case 'EADDRINUSE':
      return `Port ${port} of ${host} is used by another program. Stop that program, or choose another port with --port.`;
    case 'EACCES':
      return `Port ${port} of ${host} is not allowed to this user. Choose one from 1024 on with --port.`;
    default:
      return `Port ${port} of ${host} cannot be listened on: ${error instanceof Error ? error.message : String(error)}`;
  }
}
