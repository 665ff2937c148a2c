import { exportsBySignature, type LanguageRules } from './language-rules.js';

export const kotlin: LanguageRules = {
  isExported: exportsBySignature({ without: /^[^({]*\bprivate\b/u }),
  query: `
    (class_declaration "interface" (type_identifier) @name) @definition.interface
    (class_declaration "enum" (type_identifier) @name) @definition.enum
    (class_declaration "class" (type_identifier) @name) @definition.class
    (object_declaration (type_identifier) @name) @definition.class
    (companion_object) @scope
    (function_declaration (simple_identifier) @name) @definition.function
    (source_file (property_declaration (variable_declaration (simple_identifier) @name)) @definition.constant)
    (class_body (property_declaration (variable_declaration (simple_identifier) @name)) @definition.field)
    (type_alias (type_identifier) @name) @definition.type
    (delegation_specifier (user_type (type_identifier) @reference.inherit))
    (delegation_specifier (constructor_invocation (user_type (type_identifier) @reference.inherit)))
    (import_header (identifier (simple_identifier) @import.name .) @import.module)
    (call_expression . (simple_identifier) @reference.call)
    (call_expression . (navigation_expression (navigation_suffix (simple_identifier) @reference.call) .))
    (user_type (type_identifier) @reference.type)
    [(line_comment) (multiline_comment)] @comment`,
};
