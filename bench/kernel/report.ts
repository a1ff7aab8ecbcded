import { factsTable } from '../document.ts';
import type { LiveResult, LiveSample } from '../live/result.ts';
import { median, pairedQuotients, quartiles, summarise } from '../statistics.ts';
import { targetLines, targetTable, type TargetResult } from '../target.ts';
import { alignColumns, list, markdownTable, number } from '../text.ts';
import type { KernelResult } from './result.ts';

const GENERATOR = 'generator';
const REDIRECT = 'redirect';

interface Target {
  candidate: string;
  base: string;
  wanted: number;
  text: string;
}

const TARGETS: readonly Target[] = [
  { candidate: 'weir-tc', base: 'ipvs', wanted: 0.8, text: 'NAT: Weir on TC x IPVS' },
  { candidate: 'weir-xdp', base: 'ipvs', wanted: 0.5, text: 'NAT: Weir on XDP x IPVS' },
  { candidate: 'weir-tc-dr', base: 'ipvs-dr', wanted: 0.8, text: 'DR: Weir on TC x IPVS' },
  { candidate: 'weir-xdp-dr', base: 'ipvs-dr', wanted: 0.5, text: 'DR: Weir on XDP x IPVS' },
];

/** Nanoseconds of processor time, or instructions, for a packet. */
const cost = ({ sent, cpuSeconds }: LiveSample): number => (cpuSeconds / sent) * 1e9;

/** What it costs to forward a packet: all that was spent but for what the generator takes in the same round, for each that arrived. */
function ownCosts(samples: LiveResult['samples'], name: string): (number | null)[] {
  const generator = samples[GENERATOR];
  return (samples[name] ?? []).map((sample, round) => {
    const other = generator?.[round];
    return other === undefined ? null : ((cost(sample) - cost(other)) * sample.sent) / sample.arrived;
  });
}

export function judgeTargets(samples: LiveResult['samples']): TargetResult[] {
  return TARGETS.flatMap(({ candidate, base, wanted, text }) => {
    const quotientOf = (name: string): number[] => pairedQuotients(ownCosts(samples, name), ownCosts(samples, base));
    const quotients = quotientOf(candidate);
    if (quotients.length === 0) return [];
    const found = median(quotients);
    const least = quotientOf(REDIRECT);
    const why =
      found > wanted && least.length > 0
        ? `a redirect on TC, which looks nothing up, comes to ${number(median(least), 2)}`
        : undefined;
    return [{ text, wanted, kind: 'most' as const, found, middle: quartiles(quotients), ...(why && { why }) }];
  });
}

function table({ candidates, samples, counted }: KernelResult): string[][] {
  const unit = counted ? 'instructions' : 'CPU ns';
  const head = ['', `${unit} / packet`, 'min - max', 'of them to forward one', 'arrived'];
  const body = candidates.flatMap(({ name, title }) => {
    const own = samples[name] ?? [];
    const costs = summarise(own.map(cost));
    if (costs === undefined) return [];
    const [sent, arrived] = [sum(own.map((one) => one.sent)), sum(own.map((one) => one.arrived))];
    return [
      [
        title,
        number(costs.median, 0),
        `${number(costs.least, 0)} - ${number(costs.most, 0)}`,
        name === GENERATOR ? '' : number(summarise(ownCosts(samples, name))?.median, 0),
        `${number((arrived / sent) * 100, 2)} %`,
      ],
    ];
  });
  return [head, ...body];
}

const sum = (values: readonly number[]): number => values.reduce((one, other) => one + other, 0);

export function kernelTerminal(result: KernelResult): string {
  const { machine, rounds, packets, targets } = result;
  return [
    `${machine.processor}, ${machine.processors} processors, ${machine.kernel}`,
    `${rounds} rounds of ${number(packets, 0)} frames; medians`,
    '',
    ...alignColumns(table(result)),
    '',
    ...targetLines(targets),
    '',
  ].join('\n');
}

export function kernelSection(result: KernelResult): string {
  const { rounds, packets, flows, candidates, targets, virtual, counted } = result;
  const [head = [], ...body] = table(result);
  const where = virtual ? ', in a virtual machine' : '';
  const method = `${rounds} rounds of ${number(packets, 0)} frames of ${number(flows, 0)} connections after a warm-up${where}`;
  return [
    HEAD,
    ...(virtual ? [counted ? COUNTED : EMULATED] : []),
    factsTable(result, method),
    markdownTable(head, body),
    `What is to be reached, in what it takes to forward a packet, without the generator:\n\n${targetTable(targets)}`,
    `Set-up:\n\n${list(candidates.map(({ title, setup }) => `**${title}**: ${setup}`))}`,
    TAIL,
  ].join('\n\n');
}

const HEAD = `## Against the kernel's IPVS

The frames of the section before, through the kernel's own IPVS and through Weir on the same kernel.`;

const EMULATED = `This machine's kernel has no IPVS, so both ran in a virtual machine with the kernel of Debian. Its processor is emulated: the times mean nothing by
themselves, and an emulated processor weighs instructions otherwise than a real one. Read the ratios, and read them with care.`;

const COUNTED = `This machine's kernel has no IPVS, so both ran in a virtual machine with the kernel of Debian. Its processor is emulated, and its clock counts
instructions (QEMU's \`-icount shift=0\`): what stands here is how many of them the machine executes for a packet, from the generator to the far end. That
does not depend on what else the host does, and tells nothing of caches, whose misses cost most where many connections are open.`;

const TAIL = `To repeat, on a kernel that has IPVS, or with a program that runs a command in a virtual machine whose kernel has it and leaves what it finds in /out there
in the folder that \`OUT\` names:

    npm run bench -- --suite kernel --packets 500000
    npm run bench -- --suite kernel --packets 20000 --vm PROGRAM
    npm run bench -- --suite kernel --packets 20000 --vm PROGRAM --counted      if its clock counts instructions`;
