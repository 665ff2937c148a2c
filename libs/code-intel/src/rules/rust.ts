import { exportsBySignature, type LanguageRules } from './language-rules.js';

const isPublic = exportsBySignature({ with: /^(?:pub\b|macro_rules!)/u });

export const rust: LanguageRules = {
  // Members of a trait and of its implementations are as visible as the trait.
  isExported: (facts) => facts.isMember || isPublic(facts),
  query: `
    (function_item name: (identifier) @name) @definition.function
    (function_signature_item name: (identifier) @name) @definition.function
    (struct_item name: (type_identifier) @name) @definition.struct
    (union_item name: (type_identifier) @name) @definition.struct
    (enum_item name: (type_identifier) @name) @definition.enum
    (trait_item name: (type_identifier) @name) @definition.trait
    (type_item name: (type_identifier) @name) @definition.type
    (const_item name: (identifier) @name) @definition.constant
    (static_item name: (identifier) @name) @definition.variable
    (mod_item name: (identifier) @name body: (_)) @definition.module
    (macro_definition name: (identifier) @name) @definition.macro
    (impl_item type: [(type_identifier) @scope.name (generic_type type: (type_identifier) @scope.name) (scoped_type_identifier name: (type_identifier) @scope.name)]) @scope
    (impl_item trait: [(type_identifier) @reference.inherit (generic_type type: (type_identifier) @reference.inherit) (scoped_type_identifier name: (type_identifier) @reference.inherit)])
    (use_declaration argument: (scoped_identifier name: (identifier) @import.name) @import.module)
    (use_declaration argument: (use_as_clause path: (scoped_identifier name: (identifier) @import.name) @import.module alias: (identifier) @import.alias))
    (scoped_use_list path: (_) @import.module list: (use_list (identifier) @import.name))
    (scoped_use_list path: (_) @import.module list: (use_list (use_as_clause path: (identifier) @import.name alias: (identifier) @import.alias)))
    (use_declaration argument: (use_wildcard (_) @import.module))
    (mod_item name: (identifier) @import.module !body)
    (call_expression function: (identifier) @reference.call)
    (call_expression function: (field_expression field: (field_identifier) @reference.call))
    (call_expression function: (scoped_identifier name: (identifier) @reference.call))
    (call_expression function: (generic_function function: (identifier) @reference.call))
    (macro_invocation macro: (identifier) @reference.call)
    (type_identifier) @reference.type
    [(line_comment) (block_comment)] @comment`,
};
