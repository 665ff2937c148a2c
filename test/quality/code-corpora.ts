import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { languageOf, languages, type SourceFile } from '@memlane/code-intel';

/** Packages whose published files contain every annotated file of the repository of that name. */
const packages: Readonly<Record<string, string>> = {
  express: 'express@5',
  axios: 'axios@1',
  redux: 'redux@5',
  zod: 'zod@4',
  trpc: '@trpc/server@11',
};

export interface CodeQuestion {
  readonly query: string;
  readonly category: string;
  /** Paths of the right answers; a path may be given with folders that the corpus does not have. */
  readonly relevant: readonly string[];
}

export interface CodeCorpus {
  readonly name: string;
  readonly files: readonly SourceFile[];
  readonly questions: readonly CodeQuestion[];
}

interface Annotation {
  readonly query: string;
  readonly category: string;
  readonly relevant: readonly (string | { readonly path: string })[];
  readonly secondary: readonly (string | { readonly path: string })[];
}

interface Repository {
  readonly name: string;
  readonly benchmark_root?: string;
}

/**
 * semble's annotated repositories.
 *
 * @param dataDir folder with `repos.json` and `annotations/`
 * @param reposDir folder with a checkout of each repository at its revision; without it, the published packages are
 * taken of those repositories that have one
 */
export function readSemble(dataDir: string, reposDir: string | undefined): CodeCorpus[] {
  const repositories = JSON.parse(readFileSync(join(dataDir, 'repos.json'), 'utf8')) as Repository[];
  return repositories.flatMap((repository) => {
    const files =
      reposDir === undefined ? readPackage(repository) : readTree(join(reposDir, repository.name), repository);
    if (files.length === 0) return [];
    const annotations = JSON.parse(
      readFileSync(join(dataDir, 'annotations', `${repository.name}.json`), 'utf8'),
    ) as Annotation[];
    const questions = annotations.map(({ query, category, relevant, secondary }) => ({
      query,
      category,
      relevant: [...relevant, ...secondary].map((target) => (typeof target === 'string' ? target : target.path)),
    }));
    return [{ name: repository.name, files, questions }];
  });
}

/** CoSQA's functions, each a file, and its development questions with the one right function. */
export function readCosqa(dataDir: string): CodeCorpus {
  const functions = JSON.parse(readFileSync(join(dataDir, 'code_idx_map.txt'), 'utf8')) as Record<string, number>;
  const asked = JSON.parse(readFileSync(join(dataDir, 'cosqa-retrieval-dev-500.json'), 'utf8')) as {
    readonly doc: string;
    readonly retrieval_idx: number;
  }[];
  return {
    name: 'cosqa',
    files: Object.entries(functions).map(([text, id]) => ({ path: `f${id}.py`, text })),
    questions: asked.map(({ doc, retrieval_idx: id }) => ({
      query: doc,
      category: 'natural',
      relevant: [`f${id}.py`],
    })),
  };
}

function readPackage(repository: Repository): SourceFile[] {
  const spec = packages[repository.name];
  if (spec === undefined) return [];
  const folder = mkdtempSync(join(tmpdir(), 'memlane-quality-'));
  try {
    const tarball = execFileSync('npm', ['pack', spec, '--silent'], { cwd: folder, encoding: 'utf8' }).trim();
    execFileSync('tar', ['-xzf', tarball], { cwd: folder });
    return readTree(join(folder, 'package'), repository);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Source files below the folder that the questions are about, or below the longest end of its path that there is. */
function readTree(folder: string, { benchmark_root: root = '' }: Repository): SourceFile[] {
  const parts = root.split('/').filter((part) => part !== '');
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => path.split(sep).join('/'));
  for (let from = 0; from <= parts.length; from += 1) {
    const prefix = parts
      .slice(from)
      .map((part) => `${part}/`)
      .join('');
    const below = entries.filter((path) => path.startsWith(prefix) && isSource(path));
    if (below.length > 0) return below.map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
  }
  throw new Error(`no source file in ${relative('.', folder)}`);
}

const parsed = new Set(
  languages.flatMap(({ name, grammar }) => (grammar === undefined || name === 'markdown' ? [] : [name])),
);

function isSource(path: string): boolean {
  return parsed.has(languageOf(path)) && !/(?:^|\/)node_modules\//u.test(path);
}
