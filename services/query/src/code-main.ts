import { runService } from '@memlane/telemetry';
import { startCode } from './start-code.js';

await runService('code-query', startCode);
