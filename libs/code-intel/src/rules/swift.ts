import { exportsBySignature, type LanguageRules } from './language-rules.js';

export const swift: LanguageRules = {
  isExported: exportsBySignature({ without: /^[^({]*\b(?:private|fileprivate)\b/u }),
  query: `
    (class_declaration "class" name: (type_identifier) @name) @definition.class
    (class_declaration "actor" name: (type_identifier) @name) @definition.class
    (class_declaration "struct" name: (type_identifier) @name) @definition.struct
    (class_declaration "enum" name: (type_identifier) @name) @definition.enum
    (class_declaration "extension" name: (user_type (type_identifier) @scope.name)) @scope
    (protocol_declaration name: (type_identifier) @name) @definition.interface
    (function_declaration "func" name: (simple_identifier) @name) @definition.function
    (function_declaration "init" @name) @definition.constructor
    (protocol_function_declaration name: (simple_identifier) @name) @definition.method
    (class_body (property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @definition.field)
    (source_file (property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @definition.constant)
    (typealias_declaration name: (type_identifier) @name) @definition.type
    (inheritance_specifier inherits_from: (user_type (type_identifier) @reference.inherit))
    (import_declaration (identifier) @import.module)
    (call_expression . (simple_identifier) @reference.call)
    (call_expression . (navigation_expression suffix: (navigation_suffix suffix: (simple_identifier) @reference.call)))
    (user_type (type_identifier) @reference.type)
    [(comment) (multiline_comment)] @comment`,
};
