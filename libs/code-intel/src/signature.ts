import { limit } from '@memlane/contracts';
import type { Node } from 'web-tree-sitter';

const BODIES = new Set([
  'block',
  'block_start',
  'class_body',
  'class_declarations',
  'compound_statement',
  'constructor_body',
  'data_constructors',
  'declaration_list',
  'do_block',
  'enum_body',
  'enum_class_body',
  'enum_declaration',
  'field_declaration_list',
  'function_body',
  'interface_type',
  'keyframe_block_list',
  'match',
  'script_block',
  'statement_block',
  'struct_declaration',
  'struct_type',
  'template_body',
]);
/** Fields through which the body of what a name is set to is found. */
const VALUES = ['value', 'right', 'rhs', 'definition', 'type'];
const DEEPEST = 4;
const TRAILING = /[\s{=:;,([]+$|\s*=>?\s*$|\s+do$/u;

/** The head of a definition on one line: its text up to its body, or its first line where that is long. */
export function signatureOf(text: string, start: number, node: Node): string {
  const body = findBody(node, 0);
  const end = body === undefined || body <= start ? node.endIndex : body;
  const longest = limit('code_signature_chars');
  const head = text.slice(start, Math.min(end, start + 4 * longest));
  const isLong = end - start > longest || node.type === 'section';
  const short = isLong && body === undefined ? (head.split('\n', 1)[0] ?? '') : head;
  return short.replaceAll(/\s+/gu, ' ').trim().slice(0, longest).replace(TRAILING, '').trim().toWellFormed();
}

function findBody(node: Node, depth: number): number | undefined {
  if (depth > DEEPEST) return undefined;
  const field = node.childForFieldName('body');
  if (field) return field.startIndex;
  for (const child of node.namedChildren) if (BODIES.has(child.type)) return child.startIndex;
  for (const name of VALUES) {
    const value = node.childForFieldName(name);
    const found = value ? findBody(value, depth + 1) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
