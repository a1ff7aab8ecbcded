import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { WeirError } from '../../../base/error.ts';
import { judge } from '../case.ts';
import { recordingsOf } from '../cases.ts';
import { errorText, sumText, untilInterrupted } from '../course.ts';
import { DIFFERENCES } from '../ebpf/differences.ts';
import { EbpfStage } from '../ebpf/stage.ts';
import { RigPool, type PlayedHook } from '../ebpf/rig.ts';
import { whyUnsupported } from '../ebpf/support.ts';
import { type AnyRecording, goldenFolder } from '../recording.ts';
import { replay } from '../replay.ts';
import { durationOf } from './duration.ts';
import { compareAgain, compareRandom, type RandomRequest } from './random/course.ts';
import { KernelStage, requireIpvs } from './stage.ts';

const USAGE = `usage: npm run conformance:kernel -- [--vm PROGRAM] [--golden DIR] [--filter X] [--longest SECONDS]
       npm run conformance:kernel -- --random EPISODES [--seed N] [--vm PROGRAM] [--save DIR] [--reduce N]
       npm run conformance:kernel -- --again DIR

Plays the recordings of DIR on the kernel's own IPVS and on the eBPF engine, on the same kernel one after the other, and compares
what both did: schedulers, connections, frames.
  --vm PROGRAM       a program that runs a command in a virtual machine that sees this machine's files and whose kernel has
                     IPVS ($WEIR_KERNEL_VM); without it the kernel of this machine has to
  --filter X         only recordings with X in FOLDER/NAME; X may be a regular expression
  --longest SECONDS  leave out recordings that wait longer, 5 if it is not given: the kernel's time is real

With --random it makes up rules, packets and changes, some 50 packets an episode, plays them on the kernel's own IPVS and compares frames,
connections and counters with the specification. What differs is reduced to the fewest rules and packets and printed as a recording.
  --seed N           begins elsewhere, 1 if it is not given; the same number makes the same episodes
  --save DIR         writes what differed there, a recording a file, reduced ones as NAME-reduced.json
  --reduce N         how many of 50 episodes are reduced if they differ, 2 if it is not given, as each takes minutes
  --again DIR        compares what was saved with the specification once more, without a kernel

Exit code: 0 if nothing differed, 1 if something did, 2 for wrong usage or a kernel without IPVS.
`;

interface Recorded {
  vm: string | undefined;
  recordings: { name: string; recording: AnyRecording }[];
  longest: number;
}

type Request = Recorded | { random: RandomRequest } | { again: string };

function readRequest(words: readonly string[]): Request {
  const { values } = parseArgs({
    args: [...words],
    options: {
      vm: { type: 'string' },
      golden: { type: 'string' },
      filter: { type: 'string', default: '' },
      longest: { type: 'string', default: '5' },
      random: { type: 'string' },
      seed: { type: 'string', default: '1' },
      save: { type: 'string' },
      reduce: { type: 'string', default: '2' },
      again: { type: 'string' },
    },
  });
  const { vm = process.env['WEIR_KERNEL_VM'], golden = goldenFolder(), filter, longest, again, save, reduce } = values;
  if (again !== undefined) return { again };
  if (values.random !== undefined) {
    const [episodes, seed, reduced] = [Number(values.random), Number(values.seed), Number(reduce)];
    if (!(episodes >= 1 && Number.isInteger(episodes) && Number.isInteger(seed) && reduced >= 0))
      throw new WeirError('USAGE', '--random, --seed and --reduce want whole numbers');
    return { random: { vm: vm === '' ? undefined : vm, episodes, seed, save, reduced } };
  }
  if (!(Number(longest) >= 0)) throw new WeirError('USAGE', `--longest wants seconds, not ${longest}`);
  const pattern = new RegExp(filter);
  const recordings = recordingsOf(golden).filter(({ name }) => pattern.test(name));
  if (recordings.length === 0) throw new WeirError('USAGE', `no recording of ${golden} has ${filter} in its name`);
  return { vm: vm === '' ? undefined : vm, recordings, longest: Number(longest) };
}

/** Plays all, a line for each that differed. @returns how many did */
async function playAll({ recordings, longest }: Recorded): Promise<number> {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const rigs = new RigPool();
  try {
    for (const { name, recording } of untilInterrupted(recordings, sum)) {
      const reason =
        durationOf(recording) > longest ? `it waits longer than ${longest} s` : await whyUnsupported(recording);
      if (reason !== undefined) {
        sum.skipped++;
        continue;
      }
      const kernel = await replay(recording, (options) => KernelStage.openOn(options));
      for (const hook of ['tc', 'xdp'] as const) {
        const weir = await replay(recording, (options) => EbpfStage.openOn({ ...options, hook, rigs }));
        const outcome = await compare(name, kernel, weir);
        sum[outcome]++;
        if (outcome === 'failed') console.log(report(name, hook, kernel, weir));
      }
    }
  } finally {
    await rigs.close();
  }
  console.log(sumText(sum));
  return sum.failed;
}

/** Where the kernel does as it was recorded to, a known difference of Weir is one here too. */
async function compare(
  name: string,
  kernel: readonly string[],
  weir: readonly string[],
): Promise<'passed' | 'failed' | 'skipped'> {
  if (kernel.length > 0) return weir.join('\n') === kernel.join('\n') ? 'passed' : 'failed';
  const { kind } = await judge({
    unsupported: async () => undefined,
    play: async () => [...weir],
    known: DIFFERENCES[name],
  });
  return kind === 'known' ? 'skipped' : kind === 'passed' ? 'passed' : 'failed';
}

function report(name: string, hook: PlayedHook, kernel: readonly string[], weir: readonly string[]): string {
  const told = (differences: readonly string[]): string =>
    differences.length === 0 ? 'as recorded' : differences.join('\n').replaceAll('\n', '\n    ');
  return `differs ${name} on ${hook}\n  kernel: ${told(kernel)}\n  Weir:   ${told(weir)}`;
}

/** This program in a virtual machine. @returns its exit code */
async function inside(vm: string, words: readonly string[]): Promise<number> {
  console.log('starting the virtual machine; what it prints may come only at its end');
  const child = spawn(vm, [process.execPath, fileURLToPath(import.meta.url), ...words, '--vm', ''], {
    stdio: 'inherit',
  });
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** @returns the exit code */
async function main(words: readonly string[]): Promise<number> {
  try {
    const request = readRequest(words);
    if ('again' in request) return (await compareAgain(request.again)) === 0 ? 0 : 1;
    if ('random' in request) return (await compareRandom(request.random)) === 0 ? 0 : 1;
    if (request.vm !== undefined && !existsSync('/proc/net/ip_vs')) return await inside(request.vm, words);
    await requireIpvs();
    return (await playAll(request)) === 0 ? 0 : 1;
  } catch (error) {
    const usage = error instanceof WeirError && error.code !== 'USAGE' ? '' : USAGE;
    process.stderr.write(`conformance:kernel: ${errorText(error)}\n${usage}`);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
