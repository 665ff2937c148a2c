import { rm } from 'node:fs/promises';
import { writeRuntime, type Runtime } from '@memlane/supervision';

/** Keeps `runtime.json` current; writes follow each other, so that the last one wins. */
export function keepRecord(path: string, initial: Runtime) {
  let current = initial;
  let written: Promise<unknown> = writeRuntime(path, current);
  const write = () => {
    const next = current;
    written = written.then(
      () => writeRuntime(path, next),
      () => writeRuntime(path, next),
    );
    // A full disk must not take the supervisor down; the next change writes it again.
    written.catch(() => undefined);
  };
  return {
    pidOf: (name: string) => current.parts[name]?.pid,
    update: (name: string, part: { pid: number; marker: string } | undefined) => {
      const others = Object.fromEntries(Object.entries(current.parts).filter(([other]) => other !== name));
      current = { ...current, parts: part ? { ...others, [name]: part } : others };
      write();
    },
    remove: async () => {
      await written.catch(() => undefined);
      await rm(path, { force: true });
    },
  };
}
