import { exportsWithoutUnderscore, type LanguageRules } from './language-rules.js';

export const python: LanguageRules = {
  isExported: exportsWithoutUnderscore,
  wrappers: ['decorated_definition'],
  query: `
    (class_definition name: (identifier) @name) @definition.class
    (function_definition name: (identifier) @name) @definition.function
    (module (expression_statement (assignment left: (identifier) @name)) @definition.variable)
    (class_definition body: (block (expression_statement (assignment left: (identifier) @name)) @definition.field))
    (module . (expression_statement . (string) @docstring))
    (class_definition body: (block . (expression_statement . (string) @docstring)))
    (function_definition body: (block . (expression_statement . (string) @docstring)))
    (class_definition superclasses: (argument_list [(identifier) @reference.inherit (attribute attribute: (identifier) @reference.inherit)
      (subscript value: (identifier) @reference.inherit)]))
    (import_statement name: (dotted_name) @import.module)
    (import_statement name: (aliased_import name: (dotted_name) @import.module alias: (identifier) @import.alias))
    (import_from_statement module_name: (_) @import.module name: (dotted_name) @import.name)
    (import_from_statement module_name: (_) @import.module name: (aliased_import name: (dotted_name) @import.name alias: (identifier) @import.alias))
    (import_from_statement module_name: (_) @import.module (wildcard_import))
    (call function: (identifier) @reference.call)
    (call function: (attribute attribute: (identifier) @reference.call))
    (decorator (identifier) @reference.call)
    (decorator (attribute attribute: (identifier) @reference.call))
    (type (identifier) @reference.type)
    (type (generic_type (identifier) @reference.type))
    (type (subscript value: (identifier) @reference.type))
    (comment) @comment`,
};
