import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'memlane-lock-'));
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as { packages: object };
  const workspaces = Object.keys(lock.packages).filter((path) => path && !path.startsWith('node_modules/'));
  const manifests = [...workspaces, ''].map((path) => join(path, 'package.json'));
  for (const file of ['package-lock.json', '.npmrc', ...manifests]) await cp(join(root, file), join(dir, file));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Runs that version of npm in the copy, as `npx` gets it from the registry. */
function runNpm(version: number, args: readonly string[]): Promise<{ code: number; output: string }> {
  const command = ['-y', '--prefer-offline', `npm@${version}`, ...args];
  // Its words are what is read here, however quiet the npm is that runs the tests.
  const env = { ...process.env, npm_config_fetch_retries: '0', npm_config_loglevel: 'notice' };
  const options = { cwd: dir, env };
  return new Promise((done) => {
    execFile('npx', command, { ...options, shell: process.platform === 'win32' }, (error, stdout, stderr) => {
      done({ code: error ? Number(error.code ?? 1) : 0, output: `${stdout}${stderr}` });
    });
  });
}

test.for([10, 11])('npm ci of npm %i takes the lock as it is', async (version, { skip }) => {
  const options = ['--dry-run', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  const { code, output } = await runNpm(version, ['ci', ...options]);
  skip(/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT/.test(output), 'the npm registry cannot be reached');
  expect(output).toMatch(/added \d{3} packages/);
  expect(code).toBe(0);
});
