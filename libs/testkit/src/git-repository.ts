import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A work tree that a test changes and commits. */
export interface TestRepository {
  readonly path: string;
  readonly git: (...args: readonly string[]) => Promise<string>;
  /** The same, of a command that reads something. */
  readonly feed: (input: string | Uint8Array, ...args: readonly string[]) => Promise<string>;
  /** Writes files, removes those that are null, and commits. @returns the commit */
  readonly commit: (files: Readonly<Record<string, string | Uint8Array | null>>) => Promise<string>;
}

/** Makes an empty repository with the branch `main`. */
export async function createRepository(path: string): Promise<TestRepository> {
  await mkdir(path, { recursive: true });
  const feed = async (input: string | Uint8Array, ...args: readonly string[]) => {
    const identity = ['-c', 'user.name=Ana', '-c', 'user.email=ana@example.com', '-c', 'commit.gpgsign=false'];
    const running = run('git', [...identity, ...args], { cwd: path, maxBuffer: 67_108_864 });
    running.child.stdin?.on('error', () => undefined);
    running.child.stdin?.end(input);
    return (await running).stdout.trim();
  };
  const git = (...args: readonly string[]) => feed('', ...args);
  await git('init', '--quiet', '--initial-branch=main', '.');
  return {
    path,
    git,
    feed,
    commit: async (files) => {
      for (const [name, content] of Object.entries(files)) {
        const file = join(path, name);
        if (content === null) {
          await rm(file);
          continue;
        }
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, content);
      }
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '--message', 'change');
      return git('rev-parse', 'HEAD');
    },
  };
}
