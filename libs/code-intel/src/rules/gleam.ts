import { exportsBySignature, type LanguageRules } from './language-rules.js';

export const gleam: LanguageRules = {
  isExported: exportsBySignature({ with: /^pub\b/u }),
  query: `
    (function name: (identifier) @name) @definition.function
    (type_definition (type_name name: (type_identifier) @name)) @definition.type
    (type_alias (type_name name: (type_identifier) @name)) @definition.type
    (data_constructor name: (constructor_name) @name) @definition.constructor
    (constant name: (identifier) @name) @definition.constant
    (import module: (module) @import.module)
    (function_call function: (identifier) @reference.call)
    (function_call function: (field_access field: (label) @reference.call))
    (type name: (type_identifier) @reference.type)
    [(comment) (statement_comment) (module_comment)] @comment`,
};
