import { exportsBySignature, type LanguageRules } from './language-rules.js';

export const clojure: LanguageRules = {
  isExported: exportsBySignature({ without: /^\(defn-|\^:private/u }),
  query: `
    ((list_lit . value: (sym_lit) @_def . value: (sym_lit name: (sym_name) @name)) @definition.function
      (#any-of? @_def "defn" "defn-" "defmulti" "defmethod"))
    ((list_lit . value: (sym_lit) @_def . value: (sym_lit name: (sym_name) @name)) @definition.macro (#eq? @_def "defmacro"))
    ((list_lit . value: (sym_lit) @_def . value: (sym_lit name: (sym_name) @name)) @definition.variable
      (#any-of? @_def "def" "defonce" "ns"))
    ((list_lit . value: (sym_lit) @_def . value: (sym_lit name: (sym_name) @name)) @definition.interface (#eq? @_def "defprotocol"))
    ((list_lit . value: (sym_lit) @_def . value: (sym_lit name: (sym_name) @name)) @definition.struct
      (#any-of? @_def "defrecord" "deftype"))
    ((list_lit value: (kwd_lit) @_require value: (vec_lit . value: (sym_lit) @import.module)) (#any-of? @_require ":require" ":use"))
    ((list_lit . value: (sym_lit name: (sym_name) @reference.call))
      (#not-any-of? @reference.call "def" "defn" "defn-" "defmacro" "defprotocol" "defrecord" "deftype" "defmulti" "defmethod" "defonce" "ns" "let" "if" "when" "do" "fn"))
    (comment) @comment`,
};
