export type { McpServerMaker } from './mcp-route.js';
export { start, type GatewayOptions, type RunningGateway } from './start.js';
