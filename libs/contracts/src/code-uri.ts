import { limit } from './limits.js';
import { REPOSITORY_NAME_PATTERN } from './repo-fields.js';

/** A file of a repository, lines of it, or a definition in it. */
export interface CodeLocation {
  readonly repository: string;
  readonly path: string;
  /** Counts from 1. */
  readonly startLine?: number;
  /** Included. */
  readonly endLine?: number;
  readonly symbol?: string;
}

const CODE_URI = 'repo://';
const LINES = /^L([1-9]\d{0,6})(?:-L?([1-9]\d{0,6}))?$/;

/** URI template (RFC 6570) of code as MCP resource; the location is `L10-L20`, or the name of a symbol. */
export const CODE_URI_TEMPLATE = `${CODE_URI}{repository}/{+path}{#location}`;

/** The place that `repo://REPOSITORY/PATH#L10-L20` or `#SYMBOL` names; `undefined` when it is no such URI. */
export function parseCodeUri(uri: string): CodeLocation | undefined {
  if (!uri.startsWith(CODE_URI) || uri.length > limit('code_uri_chars')) return undefined;
  const [place = '', ...fragments] = uri.slice(CODE_URI.length).split('#');
  const [repository = '', ...encoded] = place.split('/');
  const path = decode(encoded.join('/'));
  const location = decode(fragments.join('#'));
  if (path === undefined || location === undefined || !REPOSITORY_NAME_PATTERN.test(repository)) return undefined;
  if (path.length > limit('repository_path_chars') || path.split('/').some((part) => /^\.{0,2}$/.test(part)))
    return undefined;
  if (location === '') return { repository, path };
  const lines = LINES.exec(location);
  if (!lines) return location.length > limit('symbol_chars') ? undefined : { repository, path, symbol: location };
  const [startLine, endLine] = [Number(lines[1]), Number(lines[2] ?? lines[1])];
  return endLine < startLine ? undefined : { repository, path, startLine, endLine };
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
