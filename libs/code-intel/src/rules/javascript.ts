import type { ExportFacts, LanguageRules } from './language-rules.js';

/** Definitions and references that JavaScript and TypeScript share. */
export const javascriptQuery = `
    (function_declaration name: (identifier) @name) @definition.function
    (generator_function_declaration name: (identifier) @name) @definition.function
    (method_definition name: [(property_identifier) (private_property_identifier)] @name) @definition.method
    (variable_declarator name: (identifier) @name value: [(arrow_function) (function_expression) (generator_function)]) @definition.function
    (variable_declarator name: (identifier) @name value: (class)) @definition.class
    (program (lexical_declaration (variable_declarator name: (identifier) @name) @definition.constant))
    (program (variable_declaration (variable_declarator name: (identifier) @name) @definition.variable))
    (program (export_statement declaration: (lexical_declaration (variable_declarator name: (identifier) @name) @definition.constant)))
    (assignment_expression left: (member_expression object: (_) @container property: (property_identifier) @name)
      right: [(function_expression) (arrow_function) (class)]) @definition.method
    (pair key: (property_identifier) @name value: [(function_expression) (arrow_function)]) @definition.method
    (export_specifier name: (identifier) @exported)
    (export_statement value: (identifier) @exported)
    ((assignment_expression left: (member_expression object: (_) @_module) right: (identifier) @exported)
      (#any-of? @_module "module" "exports" "module.exports"))
    ((assignment_expression left: (member_expression object: (identifier) @_module property: (property_identifier) @_exports)
      right: (object [(shorthand_property_identifier) @exported (pair value: (identifier) @exported)]))
      (#eq? @_module "module") (#eq? @_exports "exports"))
    (import_statement source: (string (string_fragment) @import.module))
    (import_statement (import_clause (identifier) @import.name) source: (string (string_fragment) @import.module))
    (import_statement (import_clause (namespace_import (identifier) @import.name)) source: (string (string_fragment) @import.module))
    (import_statement (import_clause (named_imports (import_specifier name: (identifier) @import.name alias: (identifier)? @import.alias)))
      source: (string (string_fragment) @import.module))
    (export_statement (export_clause (export_specifier name: (identifier) @import.name)) source: (string (string_fragment) @import.module))
    (export_statement source: (string (string_fragment) @import.module))
    ((variable_declarator name: (identifier) @import.name
      value: [(call_expression function: (identifier) @_require arguments: (arguments . (string (string_fragment) @import.module)))
        (member_expression object: (call_expression function: (identifier) @_require arguments: (arguments . (string (string_fragment) @import.module))))])
      (#eq? @_require "require"))
    ((variable_declarator name: (object_pattern [(shorthand_property_identifier_pattern) @import.name (pair_pattern key: (property_identifier) @import.name)])
      value: (call_expression function: (identifier) @_require arguments: (arguments . (string (string_fragment) @import.module))))
      (#eq? @_require "require"))
    ((call_expression function: [(identifier) (import)] @_require arguments: (arguments . (string (string_fragment) @import.module)))
      (#any-of? @_require "require" "import"))
    ((call_expression function: (identifier) @reference.call) (#not-eq? @reference.call "require"))
    (call_expression function: (member_expression property: [(property_identifier) (private_property_identifier)] @reference.call))
    (new_expression constructor: (identifier) @reference.call)
    (new_expression constructor: (member_expression property: (property_identifier) @reference.call))
    (comment) @comment`;

export const jsxQuery = `
    ([(jsx_opening_element name: (identifier) @reference.call) (jsx_self_closing_element name: (identifier) @reference.call)]
      (#match? @reference.call "^[A-Z]"))`;

export const javascriptWrappers = [
  'lexical_declaration',
  'variable_declaration',
  'export_statement',
  'ambient_declaration',
  'expression_statement',
];

/** What an export statement or an assignment to `exports` names, and members that are not private. */
export function isJavascriptExport({ name, signature, isMember, isDeclaredExported }: ExportFacts): boolean {
  return isMember ? !name.startsWith('#') && !/^(?:private|protected)\b/u.test(signature) : isDeclaredExported;
}

export const javascript: LanguageRules = {
  isExported: isJavascriptExport,
  wrappers: javascriptWrappers,
  query: `${javascriptQuery}${jsxQuery}
    (class_declaration name: (identifier) @name) @definition.class
    (field_definition property: [(property_identifier) (private_property_identifier)] @name value: [(arrow_function) (function_expression)]) @definition.method
    (field_definition property: [(property_identifier) (private_property_identifier)] @name) @definition.field
    (class_heritage (identifier) @reference.inherit)
    (class_heritage (member_expression property: (property_identifier) @reference.inherit))`,
};
