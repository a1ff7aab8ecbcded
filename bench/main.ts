import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { WeirError } from '../src/base/error.ts';
import { untilInterrupted } from '../src/cli/terminal/interrupt.ts';
import { requireRoot } from '../src/lab/platform.ts';
import { writeDocument } from './document.ts';
import type { Facts } from './facts.ts';
import { helpText, readOptions, type Options } from './options.ts';
import { openRun, removeLeftOvers, removeRun } from './run-folder.ts';
import type { Suite } from './suite.ts';
import { SUITES } from './suites.ts';
import { missingTools } from './tools.ts';

/** `npm run bench`. @param root folder of the repository, `/` at its end @returns the exit code */
export async function main(argv: readonly string[], root: string): Promise<number> {
  try {
    const options = readOptions(argv, SUITES);
    if (options.help) say(helpText(SUITES));
    else if (options.from !== undefined) publish(readResult(options.from), options, root);
    else await untilInterrupted((signal) => bench(options, root, signal));
    return Number(process.exitCode ?? 0);
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof WeirError ? error.describe() : describe(error)}\n`);
    return error instanceof WeirError && error.code === 'USAGE' ? 2 : 1;
  }
}

async function bench(options: Options, root: string, signal: AbortSignal): Promise<void> {
  const suite = suiteOf(options.suite);
  requireRoot('the benchmark needs root: it is made of network namespaces');
  const lacking = missingTools(suite.tools);
  if (lacking !== undefined) throw new WeirError('TOOL_MISSING', lacking);
  await removeLeftOvers();
  const own = openRun();
  try {
    const result = await suite.run(options, { root, own, signal, say });
    const name = `${suite.name}-${result.date.slice(0, 19).replaceAll(':', '-')}.json`;
    const file = options.json ?? join(root, 'bench/results', name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(result, undefined, 2)}\n`);
    publish(result, options, root);
    say(`written: ${file}`);
  } finally {
    await removeRun(own);
  }
}

function publish(result: Facts, { write }: Options, root: string): void {
  const suite = suiteOf(result.suite);
  say(`\n${suite.terminal(result)}`);
  if (!write) return;
  for (const file of writeDocument(root, SUITES, suite, result)) say(`written: ${file}`);
}

function suiteOf(name: string): Suite {
  const suite = SUITES.find((one) => one.name === name);
  if (suite !== undefined) return suite;
  throw new WeirError('USAGE', 'there is no such suite', {
    expected: SUITES.map((one) => one.name).join(','),
    found: name,
  });
}

function readResult(file: string): Facts {
  const result: Facts = JSON.parse(readFileSync(file, 'utf8'));
  return result;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A defect is shown with where it happened. */
function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
