import { exportsWithoutUnderscore, type LanguageRules } from './language-rules.js';

export const scss: LanguageRules = {
  isExported: exportsWithoutUnderscore,
  query: `
    (rule_set (selectors (class_selector (class_name) @name) .)) @definition.field
    (rule_set (selectors (id_selector (id_name) @name) .)) @definition.field
    (mixin_statement (name) @name) @definition.macro
    (function_statement (name) @name) @definition.function
    (stylesheet (declaration (variable_name) @name) @definition.variable)
    (keyframes_statement (keyframes_name) @name) @definition.function
    (use_statement (string_value) @import.module)
    (import_statement (string_value) @import.module)
    (include_statement (identifier) @reference.call)
    (variable_value) @reference.type
    [(comment) (single_line_comment)] @comment`,
};
