import { exportsBySignature, type LanguageRules } from './language-rules.js';

export const java: LanguageRules = {
  isExported: exportsBySignature({ without: /^[^({]*\bprivate\b/u }),
  query: `
    (class_declaration name: (identifier) @name) @definition.class
    (record_declaration name: (identifier) @name) @definition.class
    (interface_declaration name: (identifier) @name) @definition.interface
    (annotation_type_declaration name: (identifier) @name) @definition.interface
    (enum_declaration name: (identifier) @name) @definition.enum
    (enum_constant name: (identifier) @name) @definition.constant
    (method_declaration name: (identifier) @name) @definition.method
    (constructor_declaration name: (identifier) @name) @definition.constructor
    (field_declaration declarator: (variable_declarator name: (identifier) @name)) @definition.field
    (superclass (type_identifier) @reference.inherit)
    (superclass (generic_type (type_identifier) @reference.inherit))
    (super_interfaces (type_list [(type_identifier) @reference.inherit (generic_type (type_identifier) @reference.inherit)]))
    (extends_interfaces (type_list [(type_identifier) @reference.inherit (generic_type (type_identifier) @reference.inherit)]))
    (import_declaration (scoped_identifier name: (identifier) @import.name) @import.module)
    (method_invocation name: (identifier) @reference.call)
    (object_creation_expression type: [(type_identifier) @reference.call (generic_type (type_identifier) @reference.call)])
    (method_reference (identifier) @reference.call .)
    (marker_annotation name: (identifier) @reference.type)
    (type_identifier) @reference.type
    [(line_comment) (block_comment)] @comment`,
};
