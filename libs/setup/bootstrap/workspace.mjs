// Makes a fresh checkout runnable with nothing but Node: packages, then the build. No dependency may be imported here.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

const OLDEST_NODE = [20, 12];

export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [needMajor, needMinor] = OLDEST_NODE;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  console.error(`Memlane needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

/** Installs packages when `node_modules` was not made from this lock by this Node. */
export function installPackages() {
  const stamp = join(root, 'node_modules', '.memlane-stamp');
  const wanted = stampOf();
  if (existsSync(stamp) ? readFileSync(stamp, 'utf8') === wanted : matchesLock()) {
    writeFileSync(stamp, wanted);
    return;
  }
  console.error('packages: npm ci (npm registry, about 650 MB unpacked; a minute or two, better-sqlite3 may compile)');
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    // Standard output belongs to the program; what npm says goes beside it.
    stdio: ['ignore', 2, 2],
    // The CPU library is in the package; its install script would fetch GPU libraries from elsewhere.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
    shell: process.platform === 'win32',
  });
  if (done.status !== 0) {
    console.error(
      'packages: npm ci failed (above). It needs the npm registry, and a C++ compiler with Python where no prebuilt better-sqlite3 exists.',
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

/** Whether npm has installed exactly this lock already; packages of other systems are missing by right. */
function matchesLock() {
  try {
    const wanted = readJson('package-lock.json').packages;
    const there = readJson(join('node_modules', '.package-lock.json')).packages;
    return Object.entries(wanted)
      .filter(([path, { optional }]) => path.startsWith('node_modules/') && !optional)
      .every(([path, { version, link }]) => there[path] && (link || there[path].version === version));
  } catch {
    return false;
  }
}

function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}

function stampOf() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  return `${createHash('sha256').update(lock).digest('hex')} ${process.versions.modules} ${process.platform} ${process.arch}\n`;
}

/**
 * Compiles when a source is newer than the last build.
 * @returns whether what is built is of the sources as they are
 */
export function build() {
  const stamp = join(root, 'node_modules', '.cache', 'memlane-build');
  const newest = newestSource(['libs', 'services', 'test']);
  const isBuilt = existsSync(join(root, 'services', 'cli', 'dist', 'main.js'));
  if (isBuilt && existsSync(stamp) && statSync(stamp).mtimeMs > newest) return true;
  console.error('build: tsc -b');
  const startedAt = new Date();
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const done = spawnSync(process.execPath, [tsc, '-b'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (done.status !== 0) {
    console.error('build: failed (above)');
    return false;
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, '');
  // A source that was saved during the build is newer than it.
  utimesSync(stamp, startedAt, startedAt);
  return true;
}

function newestSource(folders) {
  let newest = statSync(join(root, 'package-lock.json')).mtimeMs;
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.name === 'node_modules' || entry.name === 'dist') continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (/\.(ts|json)$/.test(entry.name)) newest = Math.max(newest, statSync(path).mtimeMs);
    }
  };
  for (const folder of folders) visit(join(root, folder));
  return newest;
}

/** Runs a Node program in the foreground, hands signals on, and ends as it ends. */
export function runToEnd(script, args) {
  const child = spawn(process.execPath, [script, ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
