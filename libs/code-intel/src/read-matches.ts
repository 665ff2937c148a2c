import type { Node, QueryMatch } from 'web-tree-sitter';
import type { ReferenceKind, SymbolKind } from './types.js';

/** A definition as the query found it. */
export interface FoundDefinition {
  readonly kind: SymbolKind;
  readonly name: string;
  readonly node: Node;
  readonly container?: string;
  readonly pattern: number;
}

export interface FoundReference {
  readonly kind: ReferenceKind;
  readonly name: string;
  readonly start: number;
  readonly row: number;
}

export interface FoundImport {
  readonly module: string;
  readonly name: string;
  readonly alias?: string;
  readonly row: number;
  readonly start: number;
}

/** What a query says about a file, by kind of capture. */
export interface Findings {
  /** By the offset of the name: of several patterns that name one place, the first of the query counts. */
  readonly definitions: Map<number, FoundDefinition>;
  readonly scopes: { readonly node: Node; readonly name?: string }[];
  readonly references: FoundReference[];
  readonly imports: FoundImport[];
  readonly comments: Node[];
  readonly docstrings: Node[];
  readonly exported: Set<string>;
}

const NAME_CHARS = 200;
const QUOTES = /^(?:import\s+|["'<`:]+)|["'>`]+$/gu;

export function readMatches(matches: readonly QueryMatch[]): Findings {
  const findings: Findings = {
    definitions: new Map(),
    scopes: [],
    references: [],
    imports: [],
    comments: [],
    docstrings: [],
    exported: new Set(),
  };
  for (const match of matches) readMatch(match, findings);
  // `const x = require('x')` defines nothing of its own.
  for (const { start } of findings.imports) findings.definitions.delete(start);
  return findings;
}

function readMatch({ captures, patternIndex }: QueryMatch, findings: Findings): void {
  const of = (name: string) => captures.find((capture) => capture.name === name)?.node;
  for (const { name, node } of captures) {
    const [what, detail] = name.split('.', 2);
    if (what === 'definition') addDefinition(detail as SymbolKind, node, patternIndex, of, findings);
    else if (what === 'reference') addReference(detail as ReferenceKind, node, findings);
    else if (name === 'scope') findings.scopes.push({ node, ...optional('name', nameOf(of('scope.name'))) });
    else if (name === 'comment') findings.comments.push(node);
    else if (name === 'docstring') findings.docstrings.push(node);
    else if (name === 'exported') findings.exported.add(node.text);
  }
  addImport(of('import.module'), of('import.name'), of('import.alias'), findings);
}

function addDefinition(
  kind: SymbolKind,
  node: Node,
  pattern: number,
  of: (name: string) => Node | undefined,
  { definitions }: Findings,
): void {
  const at = of('name');
  const name = nameOf(at);
  if (!at || name === undefined) return;
  const before = definitions.get(at.startIndex);
  if (before && before.pattern <= pattern) return;
  const container = nameOf(of('container'));
  definitions.set(at.startIndex, {
    kind,
    name,
    node,
    pattern,
    ...optional('container', container),
  });
}

function addReference(kind: ReferenceKind, node: Node, { references }: Findings): void {
  const name = nameOf(node);
  if (name !== undefined) references.push({ kind, name, start: node.startIndex, row: node.startPosition.row });
}

function addImport(
  module: Node | undefined,
  name: Node | undefined,
  alias: Node | undefined,
  findings: Findings,
): void {
  const at = name ?? module;
  if (!at) return;
  const path = (module ?? at).text.slice(0, NAME_CHARS).replace(QUOTES, '');
  if (path === '') return;
  findings.imports.push({
    module: path,
    name: nameOf(name) ?? path,
    ...optional('alias', nameOf(alias)),
    row: at.startPosition.row,
    start: at.startIndex,
  });
}

/** The text of a name, without quotes, type arguments and line ends. */
function nameOf(node: Node | undefined): string | undefined {
  if (!node) return undefined;
  const text = node.text.slice(0, NAME_CHARS).trim().replace(QUOTES, '').split(/[\n<]/u, 1)[0]?.trim();
  return text === '' ? undefined : text?.toWellFormed();
}

function optional<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return (value === undefined ? {} : { [key]: value }) as Partial<Record<K, string>>;
}
