import { renderPage, renderTable } from '@memlane/contracts';
import { languages, type Language } from './languages.js';
import { rulesOf } from './rules-table.js';

/** `docs/reference/languages.md` */
export function renderLanguages(): string {
  const parsed = languages.filter(({ name }) => rulesOf.has(name));
  const asText = languages.filter(({ name }) => !rulesOf.has(name));
  return renderPage(
    'libs/code-intel',
    'Languages',
    `What is known of the files of each language: ${parsed.length} are parsed, ${asText.length} more have a name to filter by and are cut as text. Files of no language here are searched as text too, unless they are [skipped](skipped-files.md).`,
    [
      '## Parsed',
      'Chunks follow the syntax. Symbols are what `find_symbol`, `read_code` and `repo_map` know as definitions, a function inside of a type as a method; references are what callers, callees and implementations are found by.',
      renderTable(
        ['language', 'files', 'symbols', 'references'],
        parsed.map((language) => [
          `\`${language.name}\``,
          filesOf(language),
          kindsIn(language, /@definition\.(\w+)/gu),
          kindsIn(language, /@(?:reference\.(?=\w)|(?=import\.module))(\w+)/gu),
        ]),
      ),
      '## As text',
      'Chunks are cut at empty lines and by indentation.',
      renderTable(
        ['language', 'files'],
        asText.map((language) => [`\`${language.name}\``, filesOf(language)]),
      ),
    ].join('\n\n'),
  );
}

function filesOf({ extensions, filenames = [], interpreters = [] }: Language): string {
  return [
    ...extensions.map((extension) => `\`.${extension}\``),
    ...filenames.map((name) => `\`${name}\``),
    ...(interpreters.length > 0 ? [`\`#!\` ${interpreters.join(', ')}`] : []),
  ].join(' ');
}

/** The kinds that the rules of a language capture, each once. */
function kindsIn({ name }: Language, capture: RegExp): string {
  const kinds = [...(rulesOf.get(name)?.query ?? '').matchAll(capture)].map(([, kind = '']) => kind);
  return [...new Set(kinds)].sort().join(', ') || '–';
}
