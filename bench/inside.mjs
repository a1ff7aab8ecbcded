#!/usr/bin/env node
// The benchmark as run.mjs has compiled it, where compiling again would take too long: in an emulated machine.
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const { main } = await import('./dist/bench/main.js');
process.exit(await main(process.argv.slice(2), root));
