import { runService } from '@memlane/telemetry';
import { start } from './start.js';

await runService('code-projector', start);
