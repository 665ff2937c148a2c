import { bash } from './rules/bash.js';
import { c } from './rules/c.js';
import { clojure } from './rules/clojure.js';
import { cpp } from './rules/cpp.js';
import { csharp } from './rules/csharp.js';
import { css } from './rules/css.js';
import { dart } from './rules/dart.js';
import { elixir } from './rules/elixir.js';
import { gleam } from './rules/gleam.js';
import { go } from './rules/go.js';
import { haskell } from './rules/haskell.js';
import { hcl } from './rules/hcl.js';
import { java } from './rules/java.js';
import { javascript } from './rules/javascript.js';
import { kotlin } from './rules/kotlin.js';
import type { LanguageRules } from './rules/language-rules.js';
import { lua } from './rules/lua.js';
import { markdown } from './rules/markdown.js';
import { perl } from './rules/perl.js';
import { php } from './rules/php.js';
import { powershell } from './rules/powershell.js';
import { python } from './rules/python.js';
import { r } from './rules/r.js';
import { ruby } from './rules/ruby.js';
import { rust } from './rules/rust.js';
import { scala } from './rules/scala.js';
import { scss } from './rules/scss.js';
import { swift } from './rules/swift.js';
import { tsx, typescript } from './rules/typescript.js';
import { zig } from './rules/zig.js';

/** Rules by the name of the language. A language with a grammar and rules has symbols. */
export const rulesOf: ReadonlyMap<string, LanguageRules> = new Map(
  Object.entries({
    bash,
    c,
    clojure,
    cpp,
    csharp,
    css,
    dart,
    elixir,
    gleam,
    go,
    haskell,
    hcl,
    java,
    javascript,
    kotlin,
    lua,
    markdown,
    perl,
    php,
    powershell,
    python,
    r,
    ruby,
    rust,
    scala,
    scss,
    swift,
    tsx,
    typescript,
    zig,
  }),
);
