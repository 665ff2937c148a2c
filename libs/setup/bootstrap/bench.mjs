// `npm run bench`: sets up what is missing, then runs the benchmarks.
import { join } from 'node:path';
import { build, checkNode, installPackages, root, runToEnd } from './workspace.mjs';

checkNode();
installPackages();
if (!build()) process.exit(1);
runToEnd(join(root, 'test', 'dist', 'bench', 'main.js'), process.argv.slice(2));
