import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WeirError } from '../../src/base/error.ts';
import { run } from '../../src/kernel/process.ts';
import { direct, generatorAlone, ipvs, redirection, weirOn, type LiveCandidate } from '../live/candidates.ts';
import { takeRounds, FLOWS } from '../live/rounds.ts';
import { factsOf } from '../live/suite.ts';
import { commitOf, loadAverage, machineFacts } from '../machine.ts';
import type { Options } from '../options.ts';
import type { Suite, World } from '../suite.ts';
import { judgeTargets, kernelSection, kernelTerminal } from './report.ts';
import type { KernelResult } from './result.ts';

const CANDIDATES: readonly LiveCandidate[] = [
  weirOn('xdp', '-m'),
  weirOn('tc', '-m'),
  ipvs('-m'),
  weirOn('xdp', '-g'),
  weirOn('tc', '-g'),
  ipvs('-g'),
  direct,
  redirection,
  generatorAlone,
];

/** Weir beside the kernel's IPVS, on a kernel that has it. */
export const kernel: Suite<KernelResult> = {
  name: 'kernel',
  title: "Against the kernel's IPVS",
  summary: "processor time a packet beside the kernel's own IPVS",
  candidates: CANDIDATES.map(({ name }) => name),
  measures: ['frames'],
  rounds: 5,
  options: ['packets', 'vm', 'counted'],
  tools: ['ip', 'ethtool', 'ipvsadm'],
  run: measure,
  terminal: kernelTerminal,
  section: kernelSection,
};

async function measure(options: Options, world: World): Promise<KernelResult> {
  if (options.vm !== undefined) return await measureInside(options.vm, options, world);
  await requireIpvs();
  const { rounds, packets, only } = options;
  const chosen = CANDIDATES.filter(({ name }) => only?.includes(name) ?? true);
  const commit = await commitOf(world.root);
  const machine = await machineFacts(kernel.tools);
  const before = loadAverage();
  const { samples, load } = await takeRounds(chosen, { rounds, packets }, world);
  return {
    suite: kernel.name,
    date: new Date().toISOString(),
    commit,
    machine,
    rounds,
    load: { before, rounds: load },
    packets,
    flows: FLOWS,
    virtual: false,
    counted: options.counted,
    candidates: chosen.map(factsOf),
    samples,
    targets: judgeTargets(samples),
  };
}

async function requireIpvs(): Promise<void> {
  if (existsSync('/proc/net/ip_vs')) return;
  await run(['modprobe', 'ip_vs']);
  if (existsSync('/proc/net/ip_vs')) return;
  throw new WeirError('KERNEL_FEATURE_MISSING', 'this kernel has no IPVS', {
    expected: 'the module ip_vs',
    fix: '--vm PROGRAM: a program that runs a command in a virtual machine whose kernel has it',
  });
}

/**
 * The same suite in a virtual machine. `PROGRAM COMMAND ARGUMENT...` has to run a command there that sees this machine's files; what the
 * command leaves in /out there comes back in the folder that the environment variable OUT names.
 */
async function measureInside(vm: string, options: Options, { root, own, signal, say }: World): Promise<KernelResult> {
  const out = join(own.folder, 'out');
  mkdirSync(out, { recursive: true });
  const words = ['--suite', kernel.name, '--rounds', String(options.rounds), '--packets', String(options.packets)];
  if (options.only !== undefined) words.push('--only', options.only.join(','));
  if (options.counted) words.push('--counted');
  const command = [process.execPath, `${root}bench/inside.mjs`, ...words, '--json', '/out/result.json'];
  say('starting the virtual machine; what it prints comes at its end');
  const { code, stdout, stderr } = await run([vm, ...command], { env: { OUT: out, VM_TIMEOUT: '3000' }, signal });
  signal.throwIfAborted();
  const file = join(out, 'result.json');
  if (code !== 0 || !existsSync(file)) {
    throw new WeirError('LAB_FAILED', `the benchmark in the virtual machine ended with ${code}`, {
      where: vm,
      found: (stdout + stderr).trim().split('\n').slice(-8).join('\n    '),
    });
  }
  say(stdout.trimEnd());
  const result: KernelResult = JSON.parse(readFileSync(file, 'utf8'));
  // The clock of the virtual machine may be anybody's.
  const date = new Date().toISOString();
  return { ...result, date, virtual: true, counted: options.counted, commit: await commitOf(root) };
}
