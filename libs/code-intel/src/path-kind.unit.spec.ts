import { expect, test } from 'vitest';
import { pathKind } from './path-kind.js';

test.each([
  ['src/parse.ts', 'source'],
  ['src/contest.ts', 'source'],
  ['src/latest/spec-reader.ts', 'source'],
  ['src/parse.test.ts', 'test'],
  ['pkg/mux_test.go', 'test'],
  ['gson/src/test/java/com/google/GsonTest.java', 'test'],
  ['tests/conftest.py', 'test'],
  ['examples/hello.go', 'example'],
  ['_examples/rest/main.go', 'example'],
  ['third_party/x.c', 'vendored'],
  ['dist/index.js', 'generated'],
  ['api/service.pb.go', 'generated'],
  ['types/index.d.ts', 'declaration'],
  ['pkg/__init__.py', 'barrel'],
  ['src/index.ts', 'barrel'],
  ['docs/guide.md', 'document'],
])('%s is %s', (path, kind) => {
  expect(pathKind(path)).toBe(kind);
});
