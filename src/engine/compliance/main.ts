import { parseArgs } from 'node:util';
import { WeirError } from '../../base/error.ts';
import { RigPool } from './ebpf/rig.ts';
import { goldenFolder } from './recording.ts';
import { type Case, judge } from './case.ts';
import { errorText, sumText, untilInterrupted } from './course.ts';
import { ebpfCases, modelCases } from './cases.ts';

const USAGE = `usage: npm run conformance -- --engine model|ebpf [--golden DIR] [--filter X] [--hook tc|xdp] [--strict]

Plays the recordings of DIR (wire/, conn/, sched/; see its README.md) on an engine. DIR is $WEIR_GOLDEN, or test/golden of
the checkout, if it is not given.
  --filter X   only recordings with X in FOLDER/NAME; X may be a regular expression
  --hook       only this hook of the eBPF engine, which otherwise plays everything on both
  --strict     known differences are failures
Exit code: 0 if nothing failed, 1 if something did, 2 for wrong usage.
`;

interface Request {
  cases: Case[];
  rigs: RigPool;
  strict: boolean;
}

function readRequest(words: readonly string[]): Request {
  const { values } = parseArgs({
    args: [...words],
    options: {
      engine: { type: 'string' },
      golden: { type: 'string' },
      filter: { type: 'string', default: '' },
      hook: { type: 'string' },
      strict: { type: 'boolean', default: false },
    },
  });
  const { engine, golden = goldenFolder(), filter, hook, strict } = values;
  if (engine !== 'model' && engine !== 'ebpf') throw new WeirError('USAGE', `there is no engine ${engine ?? ''}`);
  const hooks = (['tc', 'xdp'] as const).filter((one) => hook === undefined || hook === one);
  if (hooks.length === 0) throw new WeirError('USAGE', `there is no hook ${hook}`);
  const rigs = new RigPool();
  const pattern = new RegExp(filter);
  const all = engine === 'model' ? modelCases(golden) : ebpfCases(golden, hooks, rigs);
  return { cases: all.filter(({ name }) => pattern.test(name)), rigs, strict };
}

/** Plays them one after another: a line for each that did not pass, then the sum. @returns the number of failures */
async function playAll({ cases, strict }: Request): Promise<number> {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const each of untilInterrupted(cases, sum)) {
    const outcome = await judge(each).catch((error: unknown) => ({
      kind: 'failed' as const,
      differences: [error instanceof WeirError ? error.describe() : String(error)],
    }));
    if (outcome.kind === 'passed') {
      sum.passed++;
    } else if (outcome.kind === 'failed') {
      sum.failed++;
      console.log(`failed  ${each.name}: ${outcome.differences.join('\n').replaceAll('\n', '\n  ')}`);
    } else if (outcome.kind === 'known') {
      sum[strict ? 'failed' : 'skipped']++;
      console.log(`known   ${each.name}: ${outcome.reason}`);
    } else {
      sum.skipped++;
      console.log(`skipped ${each.name}: ${outcome.reason}`);
    }
  }
  console.log(sumText(sum));
  return sum.failed;
}

/** @returns the exit code */
async function main(words: readonly string[]): Promise<number> {
  let request: Request;
  try {
    request = readRequest(words);
  } catch (error) {
    process.stderr.write(`conformance: ${errorText(error)}\n${USAGE}`);
    return 2;
  }
  try {
    return (await playAll(request)) === 0 ? 0 : 1;
  } finally {
    await request.rigs.close();
  }
}

process.exitCode = await main(process.argv.slice(2));
