export { buildGraph, openGraphs, type GraphFile, type RepositoryGraph } from './build-graph.js';
export { classifyQuery, namesInQuery, type CodeQueryKind } from './classify-query.js';
export { indexText, type IndexText } from './index-text.js';
export { languageFamily } from './language-family.js';
export { languageOf, languages, type Language } from './languages.js';
export { openFileParser, parseAsText, type FileParser, type FileParserOptions } from './parse-file.js';
export { openParserPool, type ParserPoolOptions } from './parser-pool.js';
export { identifierParts, splitIdentifiers, splitIdentifierWords } from './split-identifiers.js';
export type {
  AsTextReason,
  Chunk,
  CodeSymbol,
  FileFacts,
  Mention,
  ParsedFile,
  ParserPool,
  Reference,
  ReferenceKind,
  ResolutionBasis,
  SourceFile,
  SymbolKind,
} from './types.js';
export {
  fuseCode,
  legWeights,
  type CodeCandidate,
  type CodeFusion,
  type CodeLeg,
  type CodeLegWeights,
} from './fuse-code.js';
export { pathKind, type PathKind } from './path-kind.js';
export { rankFiles, type FileGraph, type RankOptions } from './rank-files.js';
export { renderRepoMap, type MapSymbol, type RepoMap, type RepoMapInput } from './repo-map.js';
export { groupNamesakes, type Definition, type Namesakes } from './namesakes.js';
export { collectImports, resolveName, type FileImports, type Resolution } from './resolve-name.js';
