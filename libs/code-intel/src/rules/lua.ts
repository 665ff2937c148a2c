import { exportsBySignature, type LanguageRules } from './language-rules.js';

export const lua: LanguageRules = {
  isExported: exportsBySignature({ without: /^local\b/u }),
  query: `
    (function_declaration name: (identifier) @name) @definition.function
    (function_declaration name: (dot_index_expression table: (_) @container field: (identifier) @name)) @definition.method
    (function_declaration name: (method_index_expression table: (_) @container method: (identifier) @name)) @definition.method
    (assignment_statement (variable_list name: (identifier) @name) (expression_list value: (function_definition))) @definition.function
    (assignment_statement (variable_list name: (dot_index_expression table: (_) @container field: (identifier) @name))
      (expression_list value: (function_definition))) @definition.method
    (chunk (variable_declaration (assignment_statement (variable_list name: (identifier) @name))) @definition.variable)
    ((function_call name: (identifier) @_require arguments: (arguments (string content: (string_content) @import.module))) (#eq? @_require "require"))
    ((function_call name: (identifier) @reference.call) (#not-eq? @reference.call "require"))
    (function_call name: (dot_index_expression field: (identifier) @reference.call))
    (function_call name: (method_index_expression method: (identifier) @reference.call))
    (comment) @comment`,
};
