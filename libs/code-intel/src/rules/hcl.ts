import { exportsAll, type LanguageRules } from './language-rules.js';

export const hcl: LanguageRules = {
  isExported: exportsAll,
  query: `
    ((block (identifier) @_type (string_lit (template_literal) @container) (string_lit (template_literal) @name)) @definition.struct
      (#any-of? @_type "resource" "data"))
    ((block (identifier) @_type . (string_lit (template_literal) @name) . (block_start)) @definition.variable
      (#any-of? @_type "variable" "output" "provider"))
    ((block (identifier) @_type . (string_lit (template_literal) @name) . (block_start)) @definition.module (#eq? @_type "module"))
    ((block (identifier) @_type (body (attribute (identifier) @name) @definition.variable)) (#eq? @_type "locals"))
    ((attribute (identifier) @_source (expression (literal_value (string_lit (template_literal) @import.module)))) (#eq? @_source "source"))
    (function_call (identifier) @reference.call)
    (get_attr (identifier) @reference.type)
    (comment) @comment`,
};
