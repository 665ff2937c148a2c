/** What a definition is. Languages use those that they have. */
export type SymbolKind =
  | 'class'
  | 'constant'
  | 'constructor'
  | 'enum'
  | 'field'
  | 'function'
  | 'heading'
  | 'interface'
  | 'macro'
  | 'method'
  | 'module'
  | 'struct'
  | 'table'
  | 'trait'
  | 'type'
  | 'variable';

/** A definition in a file. Lines count from 1 and include the last one. */
export interface CodeSymbol {
  readonly name: string;
  readonly kind: SymbolKind;
  /** The head of the definition on one line, without its body; at most `code_signature_chars`. */
  readonly signature: string;
  readonly startLine: number;
  readonly endLine: number;
  /** Names of the definitions around it, outermost first, joined by a dot. */
  readonly container?: string;
  /** The comment that documents it, without comment marks; at most `code_doc_chars`. */
  readonly doc?: string;
  /** Whether other files can name it, as far as the language says so in the definition itself. */
  readonly exported: boolean;
}

export type ReferenceKind = 'call' | 'import' | 'inherit' | 'type';

/** A place that names something that is defined elsewhere. */
export interface Reference {
  readonly name: string;
  readonly kind: ReferenceKind;
  /** Counts from 1. */
  readonly line: number;
  /** Index, in the file's symbols, of the innermost definition around it. */
  readonly from?: number;
  /** The module that an import names, as it is written there. */
  readonly module?: string;
  /** What the file calls an imported name. */
  readonly alias?: string;
  /** What a call goes through (`store` in `store.open()`), empty when that is no plain name; absent without any. */
  readonly receiver?: string;
}

/** A run of whole lines. The chunks of a file cover each of its lines once, in order. */
export interface Chunk {
  readonly startLine: number;
  readonly endLine: number;
  /** The lines with their line ends: the chunks' texts one after the other are the file. */
  readonly text: string;
  /** Where it lies: the file's path, then the definitions around it, outermost first. */
  readonly breadcrumb: readonly string[];
  /** Indexes, in the file's symbols, of the definitions that begin in it. */
  readonly defines: readonly number[];
  /** Index, in the file's symbols, of the innermost definition that contains the whole chunk. */
  readonly symbol?: number;
}

export interface SourceFile {
  /** Relative to the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** What a file says, as a function of its path, its text and the grammar's version only. */
export interface ParsedFile {
  /** Name as in the table of languages; `text` when it has none. */
  readonly language: string;
  readonly chunks: readonly Chunk[];
  readonly symbols: readonly CodeSymbol[];
  readonly references: readonly Reference[];
  /** Why a file of a known language was taken as plain text. */
  readonly asText?: AsTextReason;
}

/** `too-large`: more than `code_parse_bytes`. `crashed`: the parser's thread died of it. */
export type AsTextReason = 'crashed' | 'failed' | 'timed-out' | 'too-large';

/** Parses files in worker threads. A file that hangs or kills its thread comes back as text with the reason. */
export interface ParserPool {
  /** Never rejects because of the file. Rejects when the pool is closed. */
  parse(file: SourceFile): Promise<ParsedFile>;
  close(): Promise<void>;
}

/** How often a file says a name that is defined elsewhere in one way. */
export interface Mention extends Pick<Reference, 'name' | 'receiver'> {
  /** `name`: types and the like. */
  readonly use: 'call' | 'import' | 'name';
  /** The module that an import names, and what the file calls what it imports. */
  readonly module?: string;
  readonly alias?: string;
  readonly count: number;
}

/** What resolving needs to know of a file. */
export interface FileFacts {
  readonly path: string;
  readonly language: string;
  /** Its definitions, in the order of the file. */
  readonly symbols: readonly Pick<CodeSymbol, 'name' | 'kind'>[];
  /** Each name once for each way of use. Asked for when it is the file's turn, so that those of a whole repository need not be in memory. */
  readonly mentions: () => readonly Mention[];
}

/** Why a reference is taken to mean a definition, surest first. */
export type ResolutionBasis =
  'same-file' | 'imported' | 'same-folder' | 'unique-name' | 'ambiguous' | 'unknown-receiver';
