import { exportsBySignature, type LanguageRules } from './language-rules.js';

export const c: LanguageRules = {
  isExported: exportsBySignature({ without: /^static\b/u }),
  query: `
    (function_definition declarator: (function_declarator declarator: (identifier) @name)) @definition.function
    (function_definition declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))) @definition.function
    (function_definition declarator: (pointer_declarator declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name)))) @definition.function
    (translation_unit (declaration declarator: (function_declarator declarator: (identifier) @name)) @definition.function)
    (translation_unit (declaration declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))) @definition.function)
    (translation_unit (declaration declarator: (init_declarator declarator: (identifier) @name)) @definition.variable)
    (struct_specifier name: (type_identifier) @name body: (_)) @definition.struct
    (union_specifier name: (type_identifier) @name body: (_)) @definition.struct
    (enum_specifier name: (type_identifier) @name body: (_)) @definition.enum
    (type_definition declarator: (type_identifier) @name) @definition.type
    (preproc_def name: (identifier) @name) @definition.constant
    (preproc_function_def name: (identifier) @name) @definition.macro
    (preproc_include path: [(system_lib_string) (string_literal)] @import.module)
    (call_expression function: (identifier) @reference.call)
    (call_expression function: (field_expression field: (field_identifier) @reference.call))
    (type_identifier) @reference.type
    (comment) @comment`,
};
