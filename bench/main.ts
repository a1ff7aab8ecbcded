import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { WeirError } from '../src/base/error.ts';
import { untilInterrupted } from '../src/cli/interrupt.ts';
import { requireRoot } from '../src/lab/platform.ts';
import { CANDIDATES } from './candidates/all.ts';
import type { Candidate } from './candidates/candidate.ts';
import { evaluate } from './evaluate.ts';
import { commitOf, loadAverage, machineFacts } from './machine.ts';
import { markdownReport } from './markdown.ts';
import { MEASURES } from './measures.ts';
import { HELP, readOptions, type Options } from './options.ts';
import type { Result } from './result.ts';
import { runRounds, type Contestant } from './rounds.ts';
import { openRun, removeLeftOvers, removeRun, type BenchRun } from './run-folder.ts';
import { startServers } from './servers.ts';
import { judgeTargets } from './targets.ts';
import { progressLine, terminalReport } from './terminal.ts';
import { COMMON_TOOLS, missingTools } from './tools.ts';
import { buildTrio, planTrio, SYSCTLS } from './trio.ts';

/** `npm run bench`. @param root folder of the repository, `/` at its end @returns the exit code */
export async function main(argv: readonly string[], root: string): Promise<number> {
  try {
    const names = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name);
    const options = readOptions(argv, { candidates: names(CANDIDATES), measures: names(MEASURES) });
    if (options.help) say(HELP.trimEnd());
    else if (options.from !== undefined) publish(readResult(options.from), options, root);
    else await untilInterrupted((signal) => bench(options, root, signal));
    return Number(process.exitCode ?? 0);
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof WeirError ? error.describe() : describe(error)}\n`);
    return error instanceof WeirError && error.code === 'USAGE' ? 2 : 1;
  }
}

async function bench(options: Options, root: string, signal: AbortSignal): Promise<void> {
  requireRoot('the benchmark needs root: it is made of network namespaces');
  const lacking = missingTools(COMMON_TOOLS);
  if (lacking !== undefined) throw new WeirError('TOOL_MISSING', lacking);
  await removeLeftOvers();
  const own = openRun();
  try {
    const result = await measure(options, root, own, signal);
    const file = options.json ?? join(root, 'bench/results', `${result.date.slice(0, 19).replaceAll(':', '-')}.json`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(result, undefined, 2)}\n`);
    publish(result, options, root);
    say(`written: ${file}`);
  } finally {
    await removeRun(own);
  }
}

async function measure(options: Options, root: string, own: BenchRun, signal: AbortSignal): Promise<Result> {
  const { rounds, seconds } = options;
  const chosen = CANDIDATES.filter(({ name }) => options.only?.includes(name) ?? true);
  const measures = MEASURES.filter(({ name }) => options.measures?.includes(name) ?? true);
  const commit = await commitOf(root);
  const machine = await machineFacts([...COMMON_TOOLS, ...chosen.flatMap(({ tools }) => tools)]);
  const before = loadAverage();
  const contestants: Contestant[] = [];
  for (const candidate of chosen) {
    signal.throwIfAborted();
    if (missingTools(candidate.tools) === undefined) contestants.push(await prepare(candidate, own, root));
  }
  const report: Parameters<typeof runRounds>[2]['report'] = (progress) => say(progressLine(progress, rounds));
  const samples = await runRounds(contestants, measures, { rounds, seconds, signal, report });
  const facts = measures.map((one) => evaluate(one, samples.of[one.name] ?? {}));
  return {
    date: new Date().toISOString(),
    commit,
    machine,
    rounds,
    seconds,
    load: { before, rounds: samples.load },
    sysctls: SYSCTLS,
    candidates: chosen.map(factsOf),
    measures: facts,
    targets: judgeTargets(facts),
  };
}

async function prepare(candidate: Candidate, own: BenchRun, root: string): Promise<Contestant> {
  say(`building ${candidate.name}`);
  const trio = planTrio(own.prefix, own.folder, candidate.name);
  await buildTrio(trio, candidate.nativeXdp);
  await startServers(trio);
  await candidate.start(trio, root);
  return { candidate, trio };
}

function factsOf({ name, title, setup, tools }: Candidate): Result['candidates'][number] {
  const skipped = missingTools(tools);
  return { name, title, setup, ...(skipped === undefined ? {} : { skipped }) };
}

function publish(result: Result, { write }: Options, root: string): void {
  say(`\n${terminalReport(result)}`);
  if (!write) return;
  writeFileSync(join(root, 'docs/performance.md'), markdownReport(result));
  say('written: docs/performance.md');
}

function readResult(file: string): Result {
  const result: Result = JSON.parse(readFileSync(file, 'utf8'));
  return { ...result, targets: judgeTargets(result.measures) };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A defect is shown with where it happened. */
function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
