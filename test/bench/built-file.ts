import { join } from 'node:path';

/** A file of this folder for a process or a thread of its own. Run from TypeScript source, the JavaScript is in the build. */
export function builtFile(name: string): string {
  const here = import.meta.dirname;
  return join(import.meta.filename.endsWith('.ts') ? join(here, '..', 'dist', 'bench') : here, name);
}
