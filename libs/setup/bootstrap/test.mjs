// `npm test`: sets up what is missing, then checks the code and runs every test, level by level.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build, checkNode, installPackages, root } from './workspace.mjs';

const levels = ['unit', 'int', 'e2e'];

checkNode();
installPackages();

const reports = mkdtempSync(join(tmpdir(), 'memlane-test-'));
let passed = 0;
const failures = [];

// Everything else runs the build.
if (!build()) {
  failures.push('build');
  end();
}

// One after the other beside the levels, on what those leave of the processor. A rule that is broken counts as one failed test.
const checks = runChecks([
  ['prettier', 'prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']],
  [
    'dependency rule',
    'dependency-cruiser/bin/dependency-cruise.mjs',
    ['--config', '.dependency-cruiser.cjs', 'libs', 'services'],
  ],
  ['eslint', 'eslint/bin/eslint.js', ['.']],
]);

for (const level of levels) {
  const report = join(reports, `${level}.json`);
  const args = ['run', '--project', level, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { ok } = await run('vitest/vitest.mjs', args, 'inherit');
  count(level, readReport(level, report, ok));
}

for (const { name, ok, output } of await checks) {
  process.stdout.write(output);
  count(name, ok ? { passed: 1, failed: [] } : { passed: 0, failed: [name] });
}

end();

/** Names again what failed: it may be thousands of lines above. */
function end() {
  rmSync(reports, { recursive: true, force: true });
  for (const failure of failures) console.log(`failed: ${failure}`);
  console.log(`${passed} passed, ${failures.length} failed`);
  process.exit(failures.length === 0 ? 0 : 1);
}

/** What the checks say is kept: others write at the same time. */
async function runChecks(checks) {
  const done = [];
  for (const [name, bin, args] of checks) done.push({ name, ...(await run(bin, args, 'pipe')) });
  return done;
}

function run(bin, args, output) {
  const child = spawn(process.execPath, [join(root, 'node_modules', bin), ...args], {
    cwd: root,
    stdio: ['ignore', output, output],
  });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => said.push(part));
  return new Promise((done) => {
    child.on('error', (error) => done({ ok: false, output: `${error}\n` }));
    child.on('close', (code) => done({ ok: code === 0, output: Buffer.concat(said).toString() }));
  });
}

function count(name, result) {
  passed += result.passed;
  failures.push(...result.failed);
  console.log(`-- ${name}: ${result.passed} passed, ${result.failed.length} failed\n`);
}

/** A level that fails without a failed test (no test at all, no report) counts as one failure, as does a file that does not load. */
function readReport(level, file, ok) {
  try {
    const { numPassedTests, testResults } = JSON.parse(readFileSync(file, 'utf8'));
    const failed = testResults.flatMap(({ name, status, assertionResults }) => {
      const path = `${level} ${relative(root, name)}`;
      const tests = assertionResults.filter((test) => test.status === 'failed');
      if (tests.length > 0) return tests.map((test) => `${path} > ${test.fullName}`);
      return status === 'failed' ? [path] : [];
    });
    if (failed.length === 0 && (!ok || numPassedTests === 0)) failed.push(level);
    return { passed: numPassedTests, failed };
  } catch {
    return { passed: 0, failed: [level] };
  }
}
