import type { z } from 'zod';

/** The types of JSON as callers know them. */
const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

/** What an issue of a check says where its schema has no words of its own: completes a sentence that begins with the field. */
export function explainIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `is not ${typeNames[issue.expected] ?? 'of the right type'}`;
    case 'too_big':
      return sizeProblem(issue.origin, 'more', issue.maximum);
    case 'too_small':
      return sizeProblem(issue.origin, 'fewer', issue.minimum);
    case 'invalid_value':
      return `is not ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'invalid_union':
      return [...new Set(issue.errors.flatMap(([first]) => first?.message ?? []))].join(', and ');
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_key':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return undefined;
  }
}

function sizeProblem(origin: string, side: 'more' | 'fewer', bound: number | bigint): string {
  if (origin === 'string') return `has ${side} than ${count(bound, 'character')}`;
  if (origin === 'array') return `has ${side} than ${count(bound, 'item')}`;
  return `is ${side === 'more' ? 'greater' : 'less'} than ${bound}`;
}

function count(bound: number | bigint, noun: string): string {
  return `${bound} ${noun}${Number(bound) === 1 ? '' : 's'}`;
}
