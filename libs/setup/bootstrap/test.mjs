// `npm test`: sets up what is missing, then checks the code and runs every test, level by level.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, checkNode, installPackages, root } from './workspace.mjs';

const levels = ['unit', 'int', 'e2e'];

checkNode();
installPackages();
build();

const reports = mkdtempSync(join(tmpdir(), 'memlane-test-'));
let passed = 0;
let failed = 0;

// A rule that is broken counts as one failed test.
for (const [name, bin, args] of [
  ['eslint', 'eslint/bin/eslint.js', ['.']],
  [
    'dependency rule',
    'dependency-cruiser/bin/dependency-cruise.mjs',
    ['--config', '.dependency-cruiser.cjs', 'libs', 'services'],
  ],
  ['prettier', 'prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']],
])
  count(name, run(bin, args) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });

for (const level of levels) {
  const report = join(reports, `${level}.json`);
  const args = ['run', '--project', level, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const ok = run('vitest/vitest.mjs', args);
  count(level, readReport(report, ok));
}

rmSync(reports, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

function run(bin, args) {
  const done = spawnSync(process.execPath, [join(root, 'node_modules', bin), ...args], { cwd: root, stdio: 'inherit' });
  return done.status === 0;
}

function count(name, result) {
  passed += result.passed;
  failed += result.failed;
  console.log(`-- ${name}: ${result.passed} passed, ${result.failed} failed\n`);
}

/** A level that fails without a failed test (a file that does not load, no test at all) counts as one failure. */
function readReport(file, ok) {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(file, 'utf8'));
    const silent = numFailedTests === 0 && (!ok || numPassedTests === 0) ? 1 : 0;
    return { passed: numPassedTests, failed: numFailedTests + silent };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
