// `npm start`: sets up what is missing, then runs the whole system.
import { join } from 'node:path';
import { build, checkNode, installPackages, root, runToEnd } from './workspace.mjs';

checkNode();
installPackages();
if (!build()) process.exit(1);
runToEnd(join(root, 'services', 'cli', 'dist', 'main.js'), ['up', ...process.argv.slice(2)]);
