export * from './log.js';
export * from './run-service.js';
export * from './spans.js';
export * from './tracing.js';
