import { exportsBySignature, type LanguageRules } from './language-rules.js';

export const cpp: LanguageRules = {
  isExported: exportsBySignature({ without: /^static\b/u }),
  wrappers: ['template_declaration'],
  scopesAreNamespaces: true,
  query: `
    (function_definition declarator: (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name)) @definition.function
    (function_definition declarator: (_ (function_declarator declarator: [(identifier) (field_identifier) (operator_name)] @name))) @definition.function
    (function_definition declarator: (function_declarator declarator: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name))) @definition.method
    (function_definition declarator: (function_declarator declarator: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name)] @name)))) @definition.method
    (function_definition declarator: (_ (function_declarator declarator: (qualified_identifier scope: (_) @container name: (identifier) @name)))) @definition.method
    (translation_unit (declaration declarator: (function_declarator declarator: (identifier) @name)) @definition.function)
    (namespace_definition body: (declaration_list (declaration declarator: (function_declarator declarator: (identifier) @name)) @definition.function))
    (field_declaration declarator: (function_declarator declarator: (field_identifier) @name)) @definition.method
    (class_specifier name: [(type_identifier) (template_type)] @name body: (_)) @definition.class
    (struct_specifier name: [(type_identifier) (template_type)] @name body: (_)) @definition.struct
    (union_specifier name: (type_identifier) @name body: (_)) @definition.struct
    (enum_specifier name: (type_identifier) @name body: (_)) @definition.enum
    (type_definition declarator: (type_identifier) @name) @definition.type
    (alias_declaration name: (type_identifier) @name) @definition.type
    (concept_definition name: (identifier) @name) @definition.type
    (namespace_definition name: (_) @scope.name) @scope
    (preproc_def name: (identifier) @name) @definition.constant
    (preproc_function_def name: (identifier) @name) @definition.macro
    (base_class_clause [(type_identifier) @reference.inherit (qualified_identifier name: (type_identifier) @reference.inherit) (template_type name: (type_identifier) @reference.inherit)])
    (preproc_include path: [(system_lib_string) (string_literal)] @import.module)
    (call_expression function: (identifier) @reference.call)
    (call_expression function: (field_expression field: (field_identifier) @reference.call))
    (call_expression function: (qualified_identifier name: (identifier) @reference.call))
    (call_expression function: (template_function name: (identifier) @reference.call))
    (type_identifier) @reference.type
    (comment) @comment`,
};
