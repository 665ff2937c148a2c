import { isJavascriptExport, javascriptQuery, javascriptWrappers, jsxQuery } from './javascript.js';
import type { LanguageRules } from './language-rules.js';

const typescriptQuery = `${javascriptQuery}
    (class_declaration name: (type_identifier) @name) @definition.class
    (abstract_class_declaration name: (type_identifier) @name) @definition.class
    (interface_declaration name: (type_identifier) @name) @definition.interface
    (type_alias_declaration name: (type_identifier) @name) @definition.type
    (enum_declaration name: (identifier) @name) @definition.enum
    (internal_module name: (_) @name) @definition.module
    (module name: (_) @name) @definition.module
    (function_signature name: (identifier) @name) @definition.function
    (abstract_method_signature name: (property_identifier) @name) @definition.method
    (interface_body (method_signature name: (property_identifier) @name) @definition.method)
    (interface_body (property_signature name: (property_identifier) @name type: (type_annotation (function_type))) @definition.method)
    (public_field_definition name: [(property_identifier) (private_property_identifier)] @name value: [(arrow_function) (function_expression)]) @definition.method
    (interface_body (property_signature name: (property_identifier) @name) @definition.field)
    (public_field_definition name: [(property_identifier) (private_property_identifier)] @name) @definition.field
    (class_heritage (extends_clause value: (identifier) @reference.inherit))
    (class_heritage (extends_clause value: (member_expression property: (property_identifier) @reference.inherit)))
    (class_heritage (implements_clause [(type_identifier) @reference.inherit (generic_type name: (type_identifier) @reference.inherit)]))
    (extends_type_clause [(type_identifier) @reference.inherit (generic_type name: (type_identifier) @reference.inherit)])
    (type_identifier) @reference.type`;

export const typescript: LanguageRules = {
  isExported: isJavascriptExport,
  wrappers: javascriptWrappers,
  query: typescriptQuery,
};

export const tsx: LanguageRules = { ...typescript, query: `${typescriptQuery}${jsxQuery}` };
