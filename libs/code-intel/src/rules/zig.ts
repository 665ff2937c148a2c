import { exportsBySignature, type LanguageRules } from './language-rules.js';

export const zig: LanguageRules = {
  isExported: exportsBySignature({ with: /^pub\b/u }),
  query: `
    (function_declaration name: (identifier) @name) @definition.function
    (variable_declaration . (identifier) @name (struct_declaration)) @definition.struct
    (variable_declaration . (identifier) @name (enum_declaration)) @definition.enum
    (variable_declaration . (identifier) @name (union_declaration)) @definition.struct
    (source_file (variable_declaration . (identifier) @name) @definition.constant)
    (container_field name: (identifier) @name) @definition.field
    ((builtin_function (builtin_identifier) @_import (arguments (string (string_content) @import.module))) (#eq? @_import "@import"))
    (call_expression function: (identifier) @reference.call)
    (call_expression function: (field_expression member: (identifier) @reference.call))
    (parameter type: (identifier) @reference.type)
    (pointer_type (identifier) @reference.type)
    (comment) @comment`,
};
