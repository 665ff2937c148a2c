import { exportsBySignature, type LanguageRules } from './language-rules.js';

export const php: LanguageRules = {
  isExported: exportsBySignature({ without: /^[^({]*\b(?:private|protected)\b/u }),
  dotJoinsStrings: true,
  query: `
    (class_declaration name: (name) @name) @definition.class
    (interface_declaration name: (name) @name) @definition.interface
    (trait_declaration name: (name) @name) @definition.trait
    (enum_declaration name: (name) @name) @definition.enum
    (function_definition name: (name) @name) @definition.function
    (method_declaration name: (name) @name) @definition.method
    (const_declaration (const_element (name) @name)) @definition.constant
    (property_declaration (property_element name: (variable_name (name) @name))) @definition.field
    (base_clause [(name) @reference.inherit (qualified_name (name) @reference.inherit)])
    (class_interface_clause [(name) @reference.inherit (qualified_name (name) @reference.inherit)])
    (use_declaration [(name) @reference.inherit (qualified_name (name) @reference.inherit)])
    (namespace_use_clause (qualified_name (name) @import.name) @import.module)
    (function_call_expression function: (name) @reference.call)
    (member_call_expression name: (name) @reference.call)
    (scoped_call_expression name: (name) @reference.call)
    (object_creation_expression (name) @reference.call)
    (named_type (name) @reference.type)
    (comment) @comment`,
};
