// Runs the suites of suites.mjs (or of the module named by --suites), all or those named: the checks two at a time, which have
// little for a second processor to do, then the suites of vitest one after another. At the end come the failures once more, for who
// sees only the end, and as the last line the sum: `N passed, N failed[, N skipped]`. Exit code 0 when nothing failed, 1 when something did, 2 for wrong usage.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { countCheck, countVitest, lastLine, minutesOf, sum } from './test-count.mjs';

const GRACE_MILLISECONDS = 10_000;

const CHECKS_AT_ONCE = 2;

// Enough to see what is wrong; when more fails, it has one cause or the output above is to be read.
const FAILURES_REPEATED = 10;

const now = { children: new Set(), interruption: '' };
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    now.interruption ||= signal;
    // Ctrl-C at a terminal reaches the children by itself, and a second one would make them skip their cleaning up.
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    for (const child of now.children) child.kill(signal);
  });
}

/** Resolves to how the command ended; never rejects. A command that takes too long is ended, and counts as failed. */
function run(suite, report) {
  const [program, ...argv] = suite.command.map((word) => word.replace('{report}', report));
  return new Promise((resolveEnding) => {
    const child = spawn(program, argv, { stdio: ['ignore', 'inherit', 'inherit'] });
    now.children.add(child);
    const end = (ending) => {
      clearTimeout(timer);
      clearTimeout(lastResort);
      now.children.delete(child);
      resolveEnding(ending);
    };
    let lastResort;
    const timer = setTimeout(
      () => {
        console.log(`${suite.name}: still running after ${minutesOf(suite)} minutes, ending it`);
        child.kill('SIGTERM');
        lastResort = setTimeout(() => child.kill('SIGKILL'), GRACE_MILLISECONDS);
      },
      minutesOf(suite) * 60_000,
    );
    child.once('error', (error) => end({ code: null, reason: error.message }));
    child.once('close', (code, signal) => end({ code, reason: signal ? `killed by ${signal}` : `exit code ${code}` }));
  });
}

function readReport(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

async function runSuite(suite, folder) {
  console.log(`\n== ${suite.name}`);
  const began = Date.now();
  const report = join(folder, `${suite.name}.json`);
  const ending = await run(suite, report);
  const count = suite.kind === 'check' ? countCheck(ending) : countVitest(ending, readReport(report));
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  const complaint = count.complaint === undefined ? '' : ` (${count.complaint}; ${ending.reason})`;
  console.log(`== ${suite.name}: ${lastLine(count)} in ${seconds} s${complaint}`);
  return { name: suite.name, count };
}

async function runSuites(suites) {
  const folder = mkdtempSync(join(tmpdir(), 'weir-test-'));
  const results = new Map();
  const runEach = async (waiting) => {
    for (const suite of waiting) {
      if (now.interruption !== '') return;
      results.set(suite, await runSuite(suite, folder));
    }
  };
  try {
    const checks = suites.filter(({ kind }) => kind === 'check').values();
    await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, () => runEach(checks)));
    await runEach(suites.filter(({ kind }) => kind !== 'check'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return suites.flatMap((suite) => results.get(suite) ?? []);
}

function select(suites, names) {
  const unknown = names.find((name) => !suites.some((suite) => suite.name === name));
  if (unknown !== undefined) {
    console.error(`no such suite: ${unknown}\n  there are: ${suites.map(({ name }) => name).join(', ')}`);
    process.exit(2);
  }
  return names.length === 0 ? suites : suites.filter(({ name }) => names.includes(name));
}

const argv = process.argv.slice(2);
const suitesFile = argv[0] === '--suites' ? resolve(argv.splice(0, 2)[1]) : new URL('suites.mjs', import.meta.url);
const { default: suites } = await import(typeof suitesFile === 'string' ? pathToFileURL(suitesFile) : suitesFile);

const results = await runSuites(select(suites, argv));
const total = sum(results.map(({ count }) => count));
const failed = results.filter(({ count }) => count.failed > 0).map(({ name }) => name);
console.log('');
const failures = results.flatMap(({ count }) => count.failures ?? []);
for (const failure of failures.slice(0, FAILURES_REPEATED)) console.log(`${failure}\n`);
if (failures.length > FAILURES_REPEATED)
  console.log(`and ${failures.length - FAILURES_REPEATED} failures more, see above\n`);
if (failed.length > 0) console.log(`failed: ${failed.join(', ')}`);
if (now.interruption !== '') {
  total.failed += 1;
  console.log(`interrupted by ${now.interruption}: not everything ran`);
}
process.exitCode = total.failed > 0 ? 1 : 0;
console.log(lastLine(total));
