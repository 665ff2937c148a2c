import { exportsAll, type LanguageRules } from './language-rules.js';

export const ruby: LanguageRules = {
  isExported: exportsAll,
  query: `
    (class name: [(constant) @name (scope_resolution name: (constant) @name)]) @definition.class
    (module name: [(constant) @name (scope_resolution name: (constant) @name)]) @definition.module
    (method name: (_) @name) @definition.method
    (singleton_method name: (_) @name) @definition.method
    (assignment left: (constant) @name) @definition.constant
    ((call method: (identifier) @_accessor arguments: (argument_list (simple_symbol) @name)) @definition.field
      (#any-of? @_accessor "attr_reader" "attr_writer" "attr_accessor"))
    (superclass [(constant) @reference.inherit (scope_resolution name: (constant) @reference.inherit)])
    ((call method: (identifier) @_mixin arguments: (argument_list [(constant) @reference.inherit (scope_resolution name: (constant) @reference.inherit)]))
      (#any-of? @_mixin "include" "extend" "prepend"))
    ((call method: (identifier) @_require arguments: (argument_list (string (string_content) @import.module)))
      (#any-of? @_require "require" "require_relative" "load"))
    ((call method: (identifier) @reference.call)
      (#not-any-of? @reference.call "require" "require_relative" "include" "extend" "prepend" "attr_reader" "attr_writer" "attr_accessor"))
    (call receiver: [(constant) @reference.type (scope_resolution name: (constant) @reference.type)])
    (comment) @comment`,
};
