/** A language that files can be of. */
export interface Language {
  readonly name: string;
  /** Endings of file names, in lower case, without the first dot. */
  readonly extensions: readonly string[];
  /** Whole file names, in lower case. */
  readonly filenames?: readonly string[];
  /** Programs of a `#!` line. */
  readonly interpreters?: readonly string[];
  /** File of the prebuilt grammar, as `package/path`; absent when files are taken as text. */
  readonly grammar?: string;
}

const vscode = (name: string) => `@vscode/tree-sitter-wasm/wasm/tree-sitter-${name}.wasm`;
const cursorless = (name: string) => `@cursorless/tree-sitter-wasms/out/tree-sitter-${name}.wasm`;

/**
 * Every language that has a name here. Grammars come from Microsoft's package where it has one: its C# is newer, and its
 * files are what an editor with many users runs.
 */
export const languages: readonly Language[] = [
  {
    name: 'bash',
    extensions: ['sh', 'bash', 'zsh', 'ksh', 'bats'],
    filenames: ['.bashrc', '.profile', '.zshrc'],
    interpreters: ['sh', 'bash', 'zsh', 'dash', 'ksh'],
    grammar: vscode('bash'),
  },
  { name: 'c', extensions: ['c', 'h'], grammar: cursorless('c') },
  { name: 'clojure', extensions: ['clj', 'cljs', 'cljc', 'edn'], grammar: cursorless('clojure') },
  {
    name: 'cpp',
    extensions: ['cc', 'cpp', 'cxx', 'c++', 'hh', 'hpp', 'hxx', 'h++', 'ipp', 'tpp', 'inl', 'cu', 'cuh'],
    grammar: vscode('cpp'),
  },
  { name: 'csharp', extensions: ['cs', 'csx'], grammar: vscode('c-sharp') },
  { name: 'css', extensions: ['css'], grammar: vscode('css') },
  { name: 'dart', extensions: ['dart'], grammar: cursorless('dart') },
  { name: 'elixir', extensions: ['ex', 'exs'], interpreters: ['elixir'], grammar: cursorless('elixir') },
  { name: 'elm', extensions: ['elm'] },
  { name: 'gdscript', extensions: ['gd'] },
  { name: 'gleam', extensions: ['gleam'], grammar: cursorless('gleam') },
  { name: 'go', extensions: ['go'], grammar: vscode('go') },
  { name: 'haskell', extensions: ['hs'], interpreters: ['runhaskell'], grammar: cursorless('haskell') },
  { name: 'hcl', extensions: ['tf', 'tfvars', 'hcl', 'nomad'], grammar: cursorless('hcl') },
  { name: 'html', extensions: ['html', 'htm', 'xhtml'] },
  { name: 'ini', extensions: ['ini', 'cfg', 'conf', 'properties', 'editorconfig'] },
  { name: 'java', extensions: ['java'], grammar: vscode('java') },
  {
    name: 'javascript',
    extensions: ['js', 'mjs', 'cjs', 'jsx'],
    interpreters: ['node', 'bun', 'deno'],
    grammar: vscode('javascript'),
  },
  { name: 'json', extensions: ['json', 'jsonc', 'json5', 'webmanifest'] },
  { name: 'kotlin', extensions: ['kt', 'kts'], grammar: cursorless('kotlin') },
  { name: 'latex', extensions: ['tex', 'sty', 'cls'] },
  { name: 'lua', extensions: ['lua'], interpreters: ['lua', 'luajit'], grammar: cursorless('lua') },
  { name: 'make', extensions: ['mk', 'mak'], filenames: ['makefile', 'gnumakefile'] },
  { name: 'markdown', extensions: ['md', 'markdown', 'mdx'], grammar: cursorless('markdown') },
  { name: 'nix', extensions: ['nix'] },
  { name: 'perl', extensions: ['pl', 'pm', 't'], interpreters: ['perl'], grammar: cursorless('perl') },
  { name: 'php', extensions: ['php', 'phtml', 'php5'], interpreters: ['php'], grammar: vscode('php') },
  { name: 'powershell', extensions: ['ps1', 'psm1', 'psd1'], interpreters: ['pwsh'], grammar: vscode('powershell') },
  {
    name: 'python',
    extensions: ['py', 'pyi', 'pyw'],
    filenames: ['sconstruct', 'sconscript'],
    interpreters: ['python', 'python2', 'python3', 'uv'],
    grammar: vscode('python'),
  },
  { name: 'r', extensions: ['r'], filenames: ['.rprofile'], interpreters: ['rscript'], grammar: cursorless('r') },
  { name: 'restructuredtext', extensions: ['rst'] },
  {
    name: 'ruby',
    extensions: ['rb', 'rake', 'gemspec', 'ru'],
    filenames: ['rakefile', 'gemfile', 'vagrantfile', 'podfile', 'fastfile'],
    interpreters: ['ruby'],
    grammar: vscode('ruby'),
  },
  { name: 'rust', extensions: ['rs'], grammar: vscode('rust') },
  { name: 'scala', extensions: ['scala', 'sc', 'sbt'], grammar: cursorless('scala') },
  { name: 'scss', extensions: ['scss'], grammar: cursorless('scss') },
  { name: 'sql', extensions: ['sql', 'ddl', 'psql'] },
  { name: 'swift', extensions: ['swift'], interpreters: ['swift'], grammar: cursorless('swift') },
  { name: 'toml', extensions: ['toml'] },
  { name: 'tsx', extensions: ['tsx'], grammar: vscode('tsx') },
  {
    name: 'typescript',
    extensions: ['ts', 'mts', 'cts'],
    interpreters: ['tsx', 'ts-node'],
    grammar: vscode('typescript'),
  },
  { name: 'xml', extensions: ['xml', 'xsd', 'xsl', 'xslt', 'svg', 'csproj', 'plist'] },
  { name: 'yaml', extensions: ['yaml', 'yml'] },
  { name: 'zig', extensions: ['zig'], grammar: cursorless('zig') },
];

const byExtension = new Map(languages.flatMap((language) => language.extensions.map((ext) => [ext, language])));
const byFilename = new Map(languages.flatMap((language) => (language.filenames ?? []).map((name) => [name, language])));
const byInterpreter = new Map(
  languages.flatMap((language) => (language.interpreters ?? []).map((name) => [name, language])),
);
const byName = new Map(languages.map((language) => [language.name, language]));

/** `#!/usr/bin/env -S node --flag`, `#!/bin/sh`, `#!/usr/bin/python3.12`. */
const SHEBANG = /^#!\s*(?:\S*\/)?(?:env\s+(?:-\S+\s+)*)?(?:\S*\/)?([a-z][a-z-]*\d?)[\d.]*(?:\s|$)/iu;
/** Longest first line that is looked at. */
const SHEBANG_CHARS = 200;

/**
 * The language of a file, by its name or else by its `#!` line.
 *
 * @param path relative to the repository
 * @returns a name of the table of languages, or `text`
 */
export function languageOf(path: string, firstLine = ''): string {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const extension = name.slice(name.lastIndexOf('.') + 1);
  const known = byFilename.get(name) ?? (name.includes('.') ? byExtension.get(extension) : undefined);
  if (known) return known.name;
  const interpreter = SHEBANG.exec(firstLine.slice(0, SHEBANG_CHARS))?.[1]?.toLowerCase();
  return (interpreter === undefined ? undefined : byInterpreter.get(interpreter)?.name) ?? 'text';
}

/** The language of that name, when the table has it. */
export function findLanguage(name: string): Language | undefined {
  return byName.get(name);
}
