import { exportsBySignature, type LanguageRules } from './language-rules.js';

export const csharp: LanguageRules = {
  isExported: exportsBySignature({ without: /^[^({]*\b(?:private|protected)\b/u }),
  query: `
    (class_declaration name: (identifier) @name) @definition.class
    (record_declaration name: (identifier) @name) @definition.class
    (struct_declaration name: (identifier) @name) @definition.struct
    (interface_declaration name: (identifier) @name) @definition.interface
    (enum_declaration name: (identifier) @name) @definition.enum
    (delegate_declaration name: (identifier) @name) @definition.type
    (method_declaration name: (identifier) @name) @definition.method
    (local_function_statement name: (identifier) @name) @definition.function
    (constructor_declaration name: (identifier) @name) @definition.constructor
    (property_declaration name: (identifier) @name) @definition.field
    (field_declaration (variable_declaration (variable_declarator name: (identifier) @name))) @definition.field
    (namespace_declaration name: (_) @scope.name) @scope
    (base_list [(identifier) @reference.inherit (generic_name (identifier) @reference.inherit) (qualified_name name: (identifier) @reference.inherit)])
    (using_directive [(identifier) (qualified_name)] @import.module)
    (invocation_expression function: (identifier) @reference.call)
    (invocation_expression function: (member_access_expression name: (identifier) @reference.call))
    (invocation_expression function: (member_access_expression name: (generic_name (identifier) @reference.call)))
    (object_creation_expression type: (identifier) @reference.call)
    (parameter type: (identifier) @reference.type)
    (method_declaration returns: (identifier) @reference.type)
    (variable_declaration type: (identifier) @reference.type)
    (type_argument_list (identifier) @reference.type)
    (comment) @comment`,
};
