import { exportsAll, type LanguageRules } from './language-rules.js';

export const powershell: LanguageRules = {
  isExported: exportsAll,
  query: `
    (function_statement (function_name) @name) @definition.function
    (class_statement . (simple_name) @name) @definition.class
    (enum_statement (simple_name) @name) @definition.enum
    (class_method_definition (simple_name) @name) @definition.method
    ((command command_name: (command_name) @_import command_elements: (command_elements (generic_token) @import.module))
      (#any-of? @_import "Import-Module" "import-module" "ipmo"))
    (command command_name: (command_name) @reference.call)
    (comment) @comment`,
};
