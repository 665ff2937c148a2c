export { start } from './start.js';
export { startCode } from './start-code.js';
