/** What `isExported` may look at. */
export interface ExportFacts {
  readonly name: string;
  readonly signature: string;
  /** Whether it is a member of a type or the like. */
  readonly isMember: boolean;
  /** Whether an export statement is around it, or its name is in one. */
  readonly isDeclaredExported: boolean;
}

/**
 * How definitions and references are found in the syntax tree of one language.
 *
 * Captures of the query: `@definition.KIND` with `@name` and, where the container is not around it, `@container`;
 * `@scope` with `@scope.name` for what holds definitions without being one (Rust's `impl`); `@reference.KIND` on a name;
 * `@import.module`, `@import.name`, `@import.alias`; `@exported` on a name; `@comment`; `@docstring` inside its definition.
 */
export interface LanguageRules {
  readonly query: string;
  readonly isExported: (facts: ExportFacts) => boolean;
  /** Types of nodes around a definition that belong to it: decorators, `export`. */
  readonly wrappers?: readonly string[];
  /** Type of the node that follows a definition and is its body, where the body is not inside it. */
  readonly bodyFollows?: string;
  /** Whether scopes are namespaces, whose functions are no methods. */
  readonly scopesAreNamespaces?: boolean;
  /** Whether a dot joins strings, so that what is called behind one is no member. */
  readonly dotJoinsStrings?: boolean;
  /** Whether clauses of one function that follow each other are one definition. */
  readonly mergeClauses?: boolean;
}

/** Everything that is defined can be named elsewhere. */
export const exportsAll = (): boolean => true;

/** A leading underscore keeps a name to its file. */
export const exportsWithoutUnderscore = ({ name }: ExportFacts): boolean =>
  !name.startsWith('_') || name.startsWith('__');

/** A word of the signature opens or closes a definition. */
export function exportsBySignature(rule: { readonly with: RegExp } | { readonly without: RegExp }) {
  return ({ signature }: ExportFacts): boolean =>
    'with' in rule ? rule.with.test(signature) : !rule.without.test(signature);
}
