import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { skip, takeFirst, type Attempt, type Candidate } from './candidates.js';
import { findInstalled, install, type Installed } from './installation.js';
import { isExecutable } from './program.js';
import type { Report } from './report.js';
import { fetchWheel, findPython, type Wheel } from './wheel.js';

const PART = 'chroma';
const BINDINGS = 'chromadb_rust_bindings';
const INSTALL_ID = '1.5.9-wheel';

/** Its extension module is the whole server; nothing of its Python code and none of its dependencies is needed. */
const wheel: Wheel = {
  name: 'chromadb',
  version: '1.5.9',
  sha256: {
    'linux-x64': 'cc09b3df76e5a5cb386aed2715a2eea152e3949f9e1ba93c7119505377749929',
    'linux-arm64': '9192d111bd662241625867962333d99369a00769a50f8b2f58cb388731274d7e',
    'darwin-x64': '60701011b5e6409647fa40d12c7c5a66b2b0bfcf33a52db2ad53a30a2abc4957',
    'darwin-arm64': '814b9c95617377f6501e5757d63dfddb554a283a7739c87b9fa573850174e6f3',
    'win32-x64': '4fd0b560e56761b7f3cb4d5c6205fd5f20814484b4a3e4e9af9038c2b428fc6c',
  },
};

/** `-S` keeps the user's own Python packages out of it. */
const RUN_BINDINGS = `import sys;sys.path.insert(0,sys.argv.pop(1));import ${BINDINGS} as b;b.cli(["chroma",*sys.argv[1:]])`;

/** A Chroma server that can be run: `command ...args run --host … --port … --path …`. */
export interface ChromaProgram {
  readonly command: string;
  readonly args: readonly string[];
  /** As we installed it: the server itself reports the same number for every build. */
  readonly version: string;
  readonly source: string;
}

async function programOf(installed: Installed): Promise<Attempt<ChromaProgram>> {
  const known = installed.facts['python'];
  const python = known !== undefined && (await isExecutable(known)) ? known : await findPython();
  if (python === undefined) return { unavailable: 'needs Python 3.9 or newer, and there is none on PATH' };
  const { dir, version, source } = installed;
  return {
    found: { command: python, args: ['-S', '-c', RUN_BINDINGS, dir], version, source },
    detail: `version ${version}, ${source}, ${dir}`,
  };
}

async function findInCache(cacheDir: string): Promise<Attempt<ChromaProgram>> {
  const installed = await findInstalled(cacheDir, PART, INSTALL_ID);
  return installed ? programOf(installed) : skip;
}

async function fetchFromWheel(cacheDir: string, report: Report): Promise<Attempt<ChromaProgram>> {
  const installed = await install(cacheDir, PART, INSTALL_ID, async (dir) => {
    const pick = (name: string) => (name.startsWith(`${BINDINGS}/`) || name.includes('/licenses/') ? name : undefined);
    const { files, python } = await fetchWheel(wheel, dir, pick, report);
    if (!files.some((file) => file.startsWith(`${BINDINGS}/`))) throw new Error(`the wheel holds no ${BINDINGS}`);
    return { version: wheel.version, source: 'Python wheel', files, facts: { python } };
  });
  return programOf(installed);
}

/** The npm client's own server needs a newer C library than many systems have, and does not work on Windows on x64. */
function findNpmServer(): Attempt<ChromaProgram> {
  if (process.platform === 'win32') return { unavailable: 'not on Windows' };
  if (process.platform === 'linux' && !hasGlibc(2, 39)) return { unavailable: 'needs glibc 2.39 or newer' };
  const packageFile = createRequire(import.meta.url).resolve('chromadb/package.json');
  const cli = join(dirname(packageFile), 'dist', 'cli.mjs');
  // Run directly: through npx the server would outlive its parent.
  return {
    found: { command: process.execPath, args: [cli], version: 'of the npm package chromadb', source: 'npm package' },
    detail: cli,
  };
}

function hasGlibc(major: number, minor: number): boolean {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const [runtimeMajor = 0, runtimeMinor = 0] = (header?.glibcVersionRuntime ?? '').split('.').map(Number);
  return runtimeMajor > major || (runtimeMajor === major && runtimeMinor >= minor);
}

/**
 * Gets the Chroma server: the cache, its Python wheel, or the npm client's own.
 * @throws PartUnavailableError
 */
export function resolveChroma({ cacheDir, report }: { cacheDir: string; report: Report }): Promise<ChromaProgram> {
  const candidates: Candidate<ChromaProgram>[] = [
    { name: 'cache', find: () => findInCache(cacheDir) },
    { name: `Python wheel ${wheel.name} ${wheel.version}`, find: () => fetchFromWheel(cacheDir, report) },
    { name: 'npm package chromadb', find: async () => findNpmServer() },
  ];
  const remedy =
    'Install Python 3.9 or newer with pip, or name a running Chroma server in MEMLANE_CHROMA_URL. ' +
    'Without Chroma, vector search is exact: the same answers, slower for users with many thousand memories.';
  return takeFirst(PART, candidates, remedy, report);
}
