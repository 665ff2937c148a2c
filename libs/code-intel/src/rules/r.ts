import { exportsWithoutUnderscore, type LanguageRules } from './language-rules.js';

export const r: LanguageRules = {
  isExported: exportsWithoutUnderscore,
  query: `
    (binary_operator lhs: (identifier) @name rhs: (function_definition)) @definition.function
    (program (binary_operator lhs: (identifier) @name operator: ["<-" "="]) @definition.variable)
    ((call function: (identifier) @_class arguments: (arguments . (argument value: (string (string_content) @name)))) @definition.class
      (#any-of? @_class "setClass" "setRefClass" "R6Class"))
    ((call function: (identifier) @_import arguments: (arguments . (argument value: [(identifier) (string)] @import.module)))
      (#any-of? @_import "library" "require" "source" "requireNamespace"))
    ((call function: (identifier) @reference.call) (#not-any-of? @reference.call "library" "require" "setClass"))
    (call function: (namespace_operator rhs: (identifier) @reference.call))
    (comment) @comment`,
};
