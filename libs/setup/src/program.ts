import { execFile, type ChildProcess } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

interface Run {
  readonly ok: boolean;
  readonly stdout: string;
  /** Last line of what went wrong. */
  readonly problem: string;
}

const running = new Set<ChildProcess>();

/** A program that was started for a set-up has no business after it. */
function endRunning(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Runs a program to its end; a missing program or a failure is an answer, not an exception. */
export function runProgram(
  command: string,
  args: readonly string[],
  options: { timeoutMs: number; env?: Readonly<Record<string, string>> },
): Promise<Run> {
  return new Promise((done) => {
    if (running.size === 0) process.once('exit', endRunning);
    const child = execFile(
      command,
      [...args],
      { timeout: options.timeoutMs, maxBuffer: 1 << 20, env: { ...process.env, ...options.env }, windowsHide: true },
      (error, stdout, stderr) => {
        running.delete(child);
        if (running.size === 0) process.off('exit', endRunning);
        const lastLine = stderr.trim().split('\n').at(-1) ?? '';
        const killed = error?.killed === true ? `gave up after ${options.timeoutMs / 1_000} s` : '';
        done({ ok: error === null, stdout, problem: error ? killed || lastLine || error.message : '' });
      },
    );
    running.add(child);
  });
}

/** Finds a program in the folders of PATH. */
export async function findOnPath(name: string): Promise<string | undefined> {
  const fileName = process.platform === 'win32' ? `${name}.exe` : name;
  for (const folder of (process.env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, fileName);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
