import { limit } from '@memlane/contracts';
import type { Node } from 'web-tree-sitter';
import { callReceiver } from './call-receiver.js';
import { cleanDoc, commentRows, docAbove, type CommentRows } from './doc-comment.js';
import type { LineIndex } from './line-index.js';
import type { Findings, FoundDefinition, FoundImport, FoundReference } from './read-matches.js';
import type { LanguageRules } from './rules/language-rules.js';
import { signatureOf } from './signature.js';
import { endRow } from './syntax-breaks.js';
import type { CodeSymbol, Reference, SymbolKind } from './types.js';

const HOLDING_KINDS: ReadonlySet<SymbolKind> = new Set([
  ...(['class', 'enum', 'interface', 'struct', 'trait'] as const),
  ...(['heading', 'module'] as const),
]);

/** Something with an extent: a definition, or a scope that is none. */
interface Placed {
  readonly start: number;
  readonly end: number;
  readonly lastRow: number;
  readonly name?: string;
  readonly definition?: FoundDefinition;
}

/** A definition around the current place. */
interface Open extends Placed {
  /** Index of its symbol; absent for a scope. */
  readonly index?: number;
}

type Mention = FoundReference & Partial<Pick<FoundImport, 'module' | 'alias'>>;

interface Extracted {
  readonly symbols: CodeSymbol[];
  readonly references: Reference[];
}

/** Turns what a query found into symbols, in the order of the file, and references with the symbol that makes them. */
export function extractSymbols(findings: Findings, rules: LanguageRules, lines: LineIndex): Extracted {
  const symbols: CodeSymbol[] = [];
  const spans: Open[] = [];
  const open: Open[] = [];
  const comments = commentRows(findings.comments, lines);
  for (const item of placeAll(findings, rules)) {
    closeBefore(item.start, open);
    const index = item.definition ? addSymbol(item, item.definition) : undefined;
    const entered = index === undefined ? item : { ...item, index };
    if (index !== undefined) spans.push(entered);
    open.push(entered);
  }
  addDocstrings(findings.docstrings, spans, symbols);
  return { symbols, references: placeReferences(findings, spans, lines.text, rules) };

  function addSymbol(item: Placed, definition: FoundDefinition): number | undefined {
    if (symbols.length >= limit('code_symbols_per_file')) return undefined;
    const symbol = describe(item, definition, { open, symbols, rules, lines, comments, exported: findings.exported });
    const before = rules.mergeClauses === true ? symbols.at(-1) : undefined;
    if (before && isNextClause(before, symbol)) symbols[symbols.length - 1] = { ...before, endLine: symbol.endLine };
    else symbols.push(symbol);
    return symbols.length - 1;
  }
}

function placeAll(findings: Findings, rules: LanguageRules): Placed[] {
  const placed: Placed[] = [...findings.definitions.values()].map((definition) => {
    const outer = outermost(definition.node, rules);
    const follower = rules.bodyFollows === undefined ? null : outer.nextNamedSibling;
    const last = follower && follower.type === rules.bodyFollows ? follower : outer;
    return { start: outer.startIndex, end: last.endIndex, lastRow: endRow(last), name: definition.name, definition };
  });
  for (const { node, name } of findings.scopes)
    placed.push({
      start: node.startIndex,
      end: node.endIndex,
      lastRow: endRow(node),
      ...(name === undefined ? {} : { name }),
    });
  return placed.sort((a, b) => a.start - b.start || b.end - a.end);
}

function outermost(node: Node, { wrappers }: LanguageRules): Node {
  let outer = node;
  while (outer.parent && wrappers?.includes(outer.parent.type)) outer = outer.parent;
  return outer;
}

function closeBefore(start: number, open: Open[]): void {
  for (let last = open.at(-1); last && last.end <= start; last = open.at(-1)) open.pop();
}

interface Surroundings {
  readonly open: readonly Open[];
  readonly symbols: readonly CodeSymbol[];
  readonly rules: LanguageRules;
  readonly lines: LineIndex;
  readonly comments: CommentRows;
  readonly exported: ReadonlySet<string>;
}

function describe(item: Placed, definition: FoundDefinition, around: Surroundings): CodeSymbol {
  const { open, symbols, rules, lines, comments, exported } = around;
  const { name, node } = definition;
  const inner = open.at(-1);
  const holder = inner?.index === undefined ? undefined : symbols[inner.index];
  const inScope = inner !== undefined && inner.index === undefined && inner.name !== undefined;
  const isMember =
    definition.container !== undefined || inScope || (holder !== undefined && HOLDING_KINDS.has(holder.kind));
  const isOfType = isMember && holder?.kind !== 'module' && !(inScope && rules.scopesAreNamespaces === true);
  const kind = definition.kind === 'function' && isOfType ? 'method' : definition.kind;
  const row = lines.text.lastIndexOf('\n', item.start - 1) + 1;
  const startRow = rowAt(item.start, lines);
  const signatureStart = node.startPosition.row === startRow ? item.start : node.startIndex;
  const signature = signatureOf(lines.text, Math.max(signatureStart, row), node);
  const container = [...open.flatMap((one) => one.name ?? []), ...(definition.container ? [definition.container] : [])];
  const doc = docAbove(startRow, lines, comments);
  return {
    name,
    kind,
    signature,
    startLine: startRow + 1,
    endLine: item.lastRow + 1,
    ...(container.length > 0 ? { container: container.join('.') } : {}),
    ...(doc === undefined ? {} : { doc }),
    exported:
      rules.isExported({ name, signature, isMember, isDeclaredExported: exported.has(name) || isInExport(node) }) &&
      (holder === undefined || (isMember && holder.exported)),
  };
}

function isInExport(node: Node): boolean {
  for (let outer = node.parent; outer; outer = outer.parent) {
    if (outer.type === 'export_statement') return true;
    if (outer.type.endsWith('_block') || outer.type.endsWith('body')) return false;
  }
  return false;
}

/** Binary search of the line that an offset lies in. */
function rowAt(offset: number, { offsets, count }: LineIndex): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((offsets[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

function isNextClause(before: CodeSymbol, symbol: CodeSymbol): boolean {
  return (
    before.name === symbol.name &&
    before.kind === symbol.kind &&
    before.container === symbol.container &&
    symbol.startLine - before.endLine <= 2
  );
}

function addDocstrings(docstrings: readonly Node[], spans: readonly Open[], symbols: CodeSymbol[]): void {
  for (const { node, inside } of sweep(docstrings, (docstring) => docstring.startIndex, spans)) {
    const symbol = inside === undefined ? undefined : symbols[inside];
    if (inside === undefined || !symbol || symbol.doc !== undefined) continue;
    const doc = cleanDoc(node.text);
    if (doc !== undefined) symbols[inside] = { ...symbol, doc };
  }
}

function placeReferences(
  { references, imports, definitions }: Findings,
  spans: readonly Open[],
  text: string,
  rules: LanguageRules,
): Reference[] {
  const moreTelling = new Set(references.flatMap(({ kind, start }) => (kind === 'type' ? [] : [start])));
  const all: Mention[] = [
    ...references.filter(({ kind, start }) => !definitions.has(start) && !(kind === 'type' && moreTelling.has(start))),
    ...imports.map((found) => ({ ...found, kind: 'import' as const })),
  ];
  const seen = new Set<string>();
  const placed: Reference[] = [];
  for (const { node, inside } of sweep(all, ({ start }) => start, spans)) {
    const { name, kind, row, module, alias } = node;
    const receiver = kind === 'call' ? callReceiver(text, node.start, rules) : undefined;
    // A name has no line end.
    const key = `${kind} ${row} ${inside ?? ''} ${name}\n${module ?? ''}\n${receiver ?? ' '}`;
    if (seen.has(key) || placed.length >= limit('code_references_per_file')) continue;
    seen.add(key);
    placed.push({
      name,
      kind,
      line: row + 1,
      ...(inside === undefined ? {} : { from: inside }),
      ...(module === undefined ? {} : { module }),
      ...(alias === undefined ? {} : { alias }),
      ...(receiver === undefined ? {} : { receiver }),
    });
  }
  return placed;
}

/** Goes through places in the order of the file and tells in which symbol each is. */
function* sweep<T>(
  items: readonly T[],
  startOf: (item: T) => number,
  spans: readonly Open[],
): Generator<{ readonly node: T; readonly inside: number | undefined }> {
  const open: Open[] = [];
  let next = 0;
  for (const node of items.toSorted((a, b) => startOf(a) - startOf(b))) {
    const start = startOf(node);
    for (let span = spans[next]; span && span.start <= start; span = spans[next]) {
      closeBefore(span.start, open);
      open.push(span);
      next += 1;
    }
    closeBefore(start, open);
    yield { node, inside: open.at(-1)?.index };
  }
}
