import { exportsBySignature, type LanguageRules } from './language-rules.js';

export const elixir: LanguageRules = {
  isExported: exportsBySignature({ without: /^def(?:macro|guard)?p\b/u }),
  mergeClauses: true,
  query: `
    ((call target: (identifier) @_def (arguments (alias) @name)) @definition.module
      (#any-of? @_def "defmodule" "defprotocol" "defimpl"))
    ((call target: (identifier) @_def (arguments [(call target: (identifier) @name) (identifier) @name
      (binary_operator left: (call target: (identifier) @name) operator: "when")])) @definition.function
      (#any-of? @_def "def" "defp" "defdelegate" "defguard" "defguardp"))
    ((call target: (identifier) @_def (arguments [(call target: (identifier) @name) (identifier) @name])) @definition.macro
      (#any-of? @_def "defmacro" "defmacrop"))
    ((call target: (identifier) @_use (arguments . (alias) @import.module)) (#any-of? @_use "alias" "import" "use" "require"))
    ((unary_operator operand: (call target: (identifier) @_doc)) @comment (#any-of? @_doc "doc" "moduledoc" "typedoc"))
    ((call target: (identifier) @reference.call)
      (#not-any-of? @reference.call "def" "defp" "defmodule" "defmacro" "defmacrop" "alias" "import" "use" "require" "doc" "moduledoc"))
    (call target: (dot right: (identifier) @reference.call))
    (struct (alias) @reference.type)
    (comment) @comment`,
};
