import { factsTable } from '../document.ts';
import type { LiveResult, LiveSample } from '../live/result.ts';
import { median, pairedQuotients, quartiles, summarise } from '../statistics.ts';
import { targetLines, targetTable, type TargetResult } from '../target.ts';
import { alignColumns, list, markdownTable, number } from '../text.ts';
import type { KernelResult } from './result.ts';

const GENERATOR = 'generator';

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

/** Nanoseconds of processor time a packet. */
const cost = ({ sent, cpuSeconds }: LiveSample): number => (cpuSeconds / sent) * 1e9;

/** What forwarding costs: without what the generator costs in the same round. */
function ownCosts(samples: LiveResult['samples'], name: string): (number | null)[] {
  const generator = samples[GENERATOR];
  return (samples[name] ?? []).map((sample, round) => {
    const other = generator?.[round];
    return other === undefined ? null : cost(sample) - cost(other);
  });
}

export function judgeTargets(samples: LiveResult['samples']): TargetResult[] {
  return TARGETS.flatMap(({ candidate, base, wanted, text }) => {
    const quotients = pairedQuotients(ownCosts(samples, candidate), ownCosts(samples, base));
    if (quotients.length === 0) return [];
    return [{ text, wanted, kind: 'most' as const, found: median(quotients), middle: quartiles(quotients) }];
  });
}

function table({ candidates, samples }: LiveResult): string[][] {
  const head = ['', 'CPU ns / packet', 'min - max', 'without the generator', 'arrived'];
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
  const { rounds, packets, flows, candidates, targets, virtual } = result;
  const [head = [], ...body] = table(result);
  const where = virtual ? ', in a virtual machine' : '';
  const method = `${rounds} rounds of ${number(packets, 0)} frames of ${number(flows, 0)} connections after a warm-up${where}`;
  return [
    HEAD,
    ...(virtual ? [EMULATED] : []),
    factsTable(result, method),
    markdownTable(head, body),
    `What is to be reached, in processor time a packet without the generator's:\n\n${targetTable(targets)}`,
    `Set-up:\n\n${list(candidates.map(({ title, setup }) => `**${title}**: ${setup}`))}`,
    TAIL,
  ].join('\n\n');
}

const HEAD = `## Against the kernel's IPVS

The frames of the section before, through the kernel's own IPVS and through Weir on the same kernel.`;

const EMULATED = `This machine's kernel has no IPVS, so both ran in a virtual machine with the kernel of Debian. Its processor is emulated: the times mean nothing by
themselves, and an emulated processor weighs instructions otherwise than a real one. Read the ratios, and read them with care.`;

const TAIL = `To repeat, on a kernel that has IPVS, or with a program that runs a command in a virtual machine whose kernel has it and leaves what it finds in /out there
in the folder that \`OUT\` names:

    npm run bench -- --suite kernel --packets 500000
    npm run bench -- --suite kernel --packets 20000 --vm PROGRAM`;
