import { exportsAll, type LanguageRules } from './language-rules.js';

export const haskell: LanguageRules = {
  isExported: exportsAll,
  mergeClauses: true,
  query: `
    (declarations (signature name: (variable) @name) @definition.function)
    (declarations (function name: (variable) @name) @definition.function)
    (declarations (bind name: (variable) @name) @definition.function)
    (class_declarations (signature name: (variable) @name) @definition.method)
    (data_type name: (name) @name) @definition.type
    (newtype name: (name) @name) @definition.type
    (type_synomym name: (name) @name) @definition.type
    (class name: (name) @name) @definition.trait
    (instance name: (name) @reference.inherit)
    (import module: (module) @import.module)
    (apply function: (variable) @reference.call)
    (name) @reference.type
    [(comment) (haddock)] @comment`,
};
