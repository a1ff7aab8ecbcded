#!/usr/bin/env node
// Launcher of the benchmark. Plain JavaScript, since it compiles the rest.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const fail = (message, fix) => {
  process.stderr.write(`bench: ${message}\n  fix: ${fix}\n`);
  process.exit(1);
};
if (!existsSync(`${root}dist/weir/main.js`))
  fail(`not built yet, there is no ${root}dist/weir/main.js`, 'npm run build');
const compiler = `${root}node_modules/.bin/tsc`;
if (!existsSync(compiler)) fail(`there is no ${compiler}`, 'npm ci');
const { status } = spawnSync(compiler, ['-p', `${root}bench/tsconfig.json`], { stdio: 'inherit' });
if (status !== 0) fail('the benchmark does not compile', 'the messages of the compiler are above');
const { main } = await import('./dist/bench/main.js');
process.exit(await main(process.argv.slice(2), root));
