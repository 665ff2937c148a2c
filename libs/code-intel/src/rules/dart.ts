import { exportsWithoutUnderscore, type LanguageRules } from './language-rules.js';

export const dart: LanguageRules = {
  isExported: exportsWithoutUnderscore,
  wrappers: ['method_signature'],
  bodyFollows: 'function_body',
  query: `
    (class_definition name: (identifier) @name) @definition.class
    (mixin_declaration (identifier) @name) @definition.trait
    (enum_declaration name: (identifier) @name) @definition.enum
    (extension_declaration name: (identifier) @name) @definition.class
    (type_alias (type_identifier) @name) @definition.type
    (function_signature name: (identifier) @name) @definition.function
    (getter_signature name: (identifier) @name) @definition.method
    (setter_signature name: (identifier) @name) @definition.method
    (constructor_signature name: (identifier) @name) @definition.constructor
    (class_body (declaration (initialized_identifier_list (initialized_identifier (identifier) @name))) @definition.field)
    (program (static_final_declaration_list (static_final_declaration (identifier) @name) @definition.constant))
    (superclass (type_identifier) @reference.inherit)
    (interfaces (type_identifier) @reference.inherit)
    (mixins (type_identifier) @reference.inherit)
    (import_specification (configurable_uri (uri) @import.module))
    ((identifier) @reference.call . (selector (argument_part)))
    (selector (unconditional_assignable_selector (identifier) @reference.call) . ) 
    (type_identifier) @reference.type
    [(comment) (documentation_comment)] @comment`,
};
