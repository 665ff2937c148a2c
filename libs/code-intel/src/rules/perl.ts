import { exportsWithoutUnderscore, type LanguageRules } from './language-rules.js';

export const perl: LanguageRules = {
  isExported: exportsWithoutUnderscore,
  dotJoinsStrings: true,
  query: `
    (package_statement (package_name) @name) @definition.module
    (function_definition name: (identifier) @name) @definition.function
    (use_no_statement package_name: (package_name) @import.module)
    (call_expression_with_bareword function_name: (identifier) @reference.call)
    (method_invocation function_name: (identifier) @reference.call)
    (comments) @comment`,
};
