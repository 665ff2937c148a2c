import { isAbsolute, normalize, sep } from 'node:path';
import { errorBody, type ErrorBody } from './errors.js';
import { limit } from './limits.js';
import type { Result } from './result.js';

/** Where a repository is read from. */
export type RepositorySource =
  | { readonly kind: 'https'; readonly url: string; readonly host: string; readonly port: number }
  | { readonly kind: 'local'; readonly path: string };

/**
 * Reads what a user gave as the source of a repository, by its text alone.
 *
 * @param roots absolute folders below which local repositories may lie
 */
export function parseSource(text: string, roots: readonly string[]): Result<RepositorySource, ErrorBody> {
  if (text.length > limit('repository_source_chars')) return refuse('is too long');

  if (/[\u0000-\u0020\u007f]/.test(text) && !isAbsolute(text))
    return refuse('contains white space or control characters');
  if (text.startsWith('-')) return refuse('begins with a dash');
  if (isAbsolute(text)) return parsePath(text, roots);
  if (!/^https:\/\//i.test(text)) return refuse('is neither an https URL nor an absolute path');
  return parseUrl(text);
}

function parseUrl(text: string): Result<RepositorySource, ErrorBody> {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return refuse('is not a valid URL');
  }
  if (url.username !== '' || url.password !== '') return refuse('contains credentials');
  if (url.search !== '' || url.hash !== '') return refuse('has a query or a fragment');
  if (/%|\\|\/\.\.?(\/|$)/.test(text.slice('https://'.length))) return refuse('has an escaped or relative path');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (host === '') return refuse('has no host');
  return { ok: true, value: { kind: 'https', url: url.href, host, port: url.port === '' ? 443 : Number(url.port) } };
}

function parsePath(text: string, roots: readonly string[]): Result<RepositorySource, ErrorBody> {
  if (/[\u0000-\u001f\u007f]/.test(text)) return refuse('contains control characters');
  const path = text.length > 1 && text.endsWith(sep) ? text.slice(0, -1) : text;
  if (normalize(path) !== path) return refuse('is not a plain path');
  if (!isBelow(path, roots)) return refuse('is not below a folder that the operator allows');
  return { ok: true, value: { kind: 'local', path } };
}

/** Whether a path is one of the roots or lies below one; both as they are spelled. */
export function isBelow(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep));
}

/** The folders of `MEMLANE_REPOSITORY_ROOTS`. */
export function readRoots(text: string | undefined): string[] {
  return (text ?? '')
    .split(':')
    .filter((root) => isAbsolute(root))
    .map((root) => (root.length > 1 && root.endsWith(sep) ? root.slice(0, -1) : root));
}

/** The hosts of `MEMLANE_REPOSITORY_HOSTS`, as URLs spell them: `git.corp.example`, `10.0.0.5:8443`, `[::1]`. */
export function readHosts(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((host) => host.trim().toLowerCase())
    .filter((host) => host !== '');
}

/** The name of a repository that was given none: the last part of its source. `undefined` when that is not a name. */
export function nameOfSource(text: string): string | undefined {
  const last =
    text
      .replace(/\/+$/, '')
      .replace(/\.git$/i, '')
      .split('/')
      .at(-1) ?? '';
  const name = last
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 100);
  return name === '' ? undefined : name;
}

function refuse(problem: string): { ok: false; error: ErrorBody } {
  return { ok: false, error: errorBody('MEMLANE_ERR_INVALID_SOURCE', `source: ${problem}`, { field: 'source' }) };
}
