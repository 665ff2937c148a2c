#!/usr/bin/env node
// npm links only a program that is there when it installs; what this one runs is built afterwards.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (!existsSync(main)) {
  console.error('memlane is not built yet: "npm start" does that');
  process.exit(1);
}
await import(main.href);
