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

const WRITTEN = /(?<![\w+.-])repo:\/\/[^\s"'`<>\\]+/gu;
const AFTER_IT = new Set('.,;:!?*|。，、；：！？」）');
const brackets = [
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
] as const;

/**
 * The places in code that a text names, in its order and each once, as it names them. What only surrounds a URI in
 * prose does not belong to it: a full stop, the brackets of Markdown.
 *
 * @returns at most `memory_code_links`
 */
export function codeUrisIn(text: string): ReadonlyMap<string, CodeLocation> {
  const found = new Map<string, CodeLocation>();
  for (const [written] of text.matchAll(WRITTEN)) {
    const uri = written.length > limit('code_uri_chars') ? written : withoutProse(written);
    const location = parseCodeUri(uri);
    if (location) found.set(uri, location);
    if (found.size === limit('memory_code_links')) break;
  }
  return found;
}

function withoutProse(written: string): string {
  const unopened = new Map<string, number>(
    brackets.map(([opens, closes]) => [closes, written.split(closes).length - written.split(opens).length]),
  );
  for (let end = written.length; ; end--) {
    const last = written.charAt(end - 1);
    const surplus = unopened.get(last) ?? 0;
    if (surplus > 0) unopened.set(last, surplus - 1);
    else if (!AFTER_IT.has(last)) return written.slice(0, end);
  }
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
