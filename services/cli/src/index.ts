export { describeConnection, endpointUrl, type ConnectInfo } from './connect-info.js';
export { helpText, readRequest, UsageError, type Request } from './options.js';
export { up } from './up.js';
