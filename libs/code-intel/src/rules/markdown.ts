import { exportsAll, type LanguageRules } from './language-rules.js';

export const markdown: LanguageRules = {
  isExported: exportsAll,
  query: `
    (section (atx_heading heading_content: (_) @name)) @definition.heading
    (setext_heading heading_content: (_) @name) @definition.heading`,
};
