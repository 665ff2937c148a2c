import { createRequire } from 'node:module';
import { Language, Parser, Query } from 'web-tree-sitter';
import { findLanguage } from './languages.js';
import { rulesOf } from './rules-table.js';
import type { LanguageRules } from './rules/language-rules.js';

/** What is needed to parse files of one language. */
export interface Grammar {
  readonly language: Language;
  readonly query: Query;
  readonly rules: LanguageRules;
}

/** Grammars of this thread, loaded when a file first asks for them. */
export interface Grammars {
  /** @returns `undefined` for a language that is taken as text */
  find(language: string): Promise<Grammar | undefined>;
}

const require = createRequire(import.meta.url);

/** Starts the parser's runtime in this thread. */
export async function openGrammars(): Promise<Grammars> {
  await Parser.init();
  const loaded = new Map<string, Promise<Grammar>>();
  return {
    async find(name) {
      const file = findLanguage(name)?.grammar;
      const rules = rulesOf.get(name);
      if (file === undefined || rules === undefined) return undefined;
      const known = loaded.get(name) ?? load(file, rules);
      loaded.set(name, known);
      return known;
    },
  };
}

async function load(file: string, rules: LanguageRules): Promise<Grammar> {
  const language = await Language.load(require.resolve(file));
  return { language, rules, query: new Query(language, rules.query) };
}
