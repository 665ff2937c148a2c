export { describeConnection, endpointUrl, type ConnectInfo } from './connect-info.js';
export { helpText } from './help.js';
export { readRequest, type Request } from './options.js';
export { up } from './up.js';
export { UsageError } from './usage-error.js';
