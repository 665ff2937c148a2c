import { exportsAll, type LanguageRules } from './language-rules.js';

export const bash: LanguageRules = {
  isExported: exportsAll,
  query: `
    (function_definition name: (word) @name) @definition.function
    (program (declaration_command (variable_assignment name: (variable_name) @name)) @definition.constant)
    (program (variable_assignment name: (variable_name) @name) @definition.variable)
    (command name: (command_name (word) @_source) argument: (word) @import.module (#any-of? @_source "source" "."))
    ((command name: (command_name (word) @reference.call)) (#not-any-of? @reference.call "source" "." "set" "echo" "local" "export" "return" "exit" "cd"))
    (comment) @comment`,
};
