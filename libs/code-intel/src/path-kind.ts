/** What a file is for, as far as its path tells. */
export type PathKind = 'source' | 'test' | 'example' | 'vendored' | 'generated' | 'declaration' | 'barrel' | 'document';

const rules: readonly (readonly [PathKind, RegExp])[] = [
  ['vendored', /(?:^|\/)(?:node_modules|vendor|vendored|third[_-]?party|external|bower_components|\.yarn)\//u],
  [
    'generated',
    /(?:^|\/)(?:generated|__generated__|\.next|dist|build|out)\/|[._-](?:min|bundle|generated|gen|pb)\.[a-z]+$|_pb2?\.[a-z]+$/u,
  ],
  [
    'test',
    /(?:^|\/)(?:tests?|__tests__|specs?|testing|testdata|fixtures|__mocks__|e2e|bench(?:marks?)?)\/|(?:^|\/)(?:test_|conftest|testutil)[^/]*$|[._-](?:test|tests|spec|bench)\.[a-z]+$|(?:Tests?|Spec|Suite|IT)\.(?:java|kt|scala|swift|cs|php|groovy)$|_(?:test|spec)\.(?:go|rb|py|dart|lua|cc|cpp|c|exs)$/u,
  ],
  ['example', /(?:^|\/)(?:_?examples?|samples?|demos?|docs?_src|playground|legacy|_?compat)\//u],
  ['declaration', /\.d\.[cm]?ts$/u],
  ['barrel', /(?:^|\/)(?:__init__\.pyi?|package-info\.java|index\.[cm]?[jt]sx?|mod\.rs)$/u],
  ['document', /\.(?:md|mdx|rst|txt|adoc)$|(?:^|\/)(?:docs?|website)\//iu],
];

/** Tells what a file is for. The first rule that fits counts. */
export function pathKind(path: string): PathKind {
  return rules.find(([, pattern]) => pattern.test(path))?.[0] ?? 'source';
}
