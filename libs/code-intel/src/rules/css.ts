import { exportsAll, type LanguageRules } from './language-rules.js';

export const css: LanguageRules = {
  isExported: exportsAll,
  query: `
    (rule_set (selectors (class_selector (class_name) @name) .)) @definition.field
    (rule_set (selectors (id_selector (id_name) @name) .)) @definition.field
    (keyframes_statement (keyframes_name) @name) @definition.function
    ((declaration (property_name) @name) @definition.variable (#match? @name "^--"))
    (import_statement [(string_value) @import.module (call_expression (arguments (string_value) @import.module))])
    ((call_expression (function_name) @_var (arguments (plain_value) @reference.type)) (#eq? @_var "var"))
    (comment) @comment`,
};
