import { exportsBySignature, type LanguageRules } from './language-rules.js';

export const scala: LanguageRules = {
  isExported: exportsBySignature({ without: /^[^({]*\bprivate\b/u }),
  query: `
    (class_definition name: (identifier) @name) @definition.class
    (object_definition name: (identifier) @name) @definition.class
    (trait_definition name: (identifier) @name) @definition.trait
    (enum_definition name: (identifier) @name) @definition.enum
    (function_definition name: (identifier) @name) @definition.function
    (function_declaration name: (identifier) @name) @definition.function
    (type_definition name: (type_identifier) @name) @definition.type
    (template_body (val_definition pattern: (identifier) @name) @definition.field)
    (template_body (var_definition pattern: (identifier) @name) @definition.field)
    (compilation_unit (val_definition pattern: (identifier) @name) @definition.constant)
    (extends_clause [(type_identifier) @reference.inherit (generic_type type: (type_identifier) @reference.inherit)])
    (import_declaration) @import.module
    (call_expression function: (identifier) @reference.call)
    (call_expression function: (field_expression field: (identifier) @reference.call))
    (instance_expression (type_identifier) @reference.call)
    (type_identifier) @reference.type
    [(comment) (block_comment)] @comment`,
};
