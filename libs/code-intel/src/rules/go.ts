import type { LanguageRules } from './language-rules.js';

export const go: LanguageRules = {
  isExported: ({ name }) => /^\p{Lu}/u.test(name),
  wrappers: ['type_declaration', 'const_declaration', 'var_declaration'],
  query: `
    (function_declaration name: (identifier) @name) @definition.function
    (method_declaration
      receiver: (parameter_list (parameter_declaration type: [
        (type_identifier) @container
        (pointer_type (type_identifier) @container)
        (generic_type type: (type_identifier) @container)
        (pointer_type (generic_type type: (type_identifier) @container))]))
      name: (field_identifier) @name) @definition.method
    (type_spec name: (type_identifier) @name type: (struct_type)) @definition.struct
    (type_spec name: (type_identifier) @name type: (interface_type)) @definition.interface
    (type_spec name: (type_identifier) @name) @definition.type
    (type_alias name: (type_identifier) @name) @definition.type
    (method_elem name: (field_identifier) @name) @definition.method
    (source_file (const_declaration (const_spec name: (identifier) @name) @definition.constant))
    (source_file (var_declaration (var_spec name: (identifier) @name) @definition.variable))
    (source_file (var_declaration (var_spec_list (var_spec name: (identifier) @name) @definition.variable)))
    (import_spec name: (_)? @import.alias path: (_) @import.module)
    (call_expression function: (identifier) @reference.call)
    (call_expression function: (selector_expression field: (field_identifier) @reference.call))
    (composite_literal type: (type_identifier) @reference.type)
    (struct_type (field_declaration_list (field_declaration !name type: [(type_identifier) @reference.inherit (pointer_type (type_identifier) @reference.inherit)])))
    (type_identifier) @reference.type
    (comment) @comment`,
};
