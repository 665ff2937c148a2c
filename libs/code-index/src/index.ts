export { openCodeWriter } from './apply-commits.js';
export { CODE_INDEX_VERSION, CODE_PROJECTION, codeSchema, prepareCodeIndex } from './code-schema.js';
export { digestCodeIndex, digestVisible } from './digest.js';
export { codeIndexFiles } from './files.js';
export type { CodeSources, PreparedFiles } from './prepare-files.js';
