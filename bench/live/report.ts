import { factsTable } from '../document.ts';
import { median, quartiles, summarise } from '../statistics.ts';
import { targetLines, targetTable, type TargetResult } from '../target.ts';
import { alignColumns, list, markdownTable, number } from '../text.ts';
import type { LiveResult, LiveSample } from './result.ts';

const WANTED = 2.5;

/** Millions of packets that came through, in a second of processor time, and by the clock. */
const rate = ({ arrived, cpuSeconds }: LiveSample): number => arrived / cpuSeconds / 1e6;
const clockRate = ({ arrived, seconds }: LiveSample): number => arrived / seconds / 1e6;
/** Nanoseconds of processor time a packet. */
const cost = ({ sent, cpuSeconds }: LiveSample): number => (cpuSeconds / sent) * 1e9;
const lost = (samples: readonly LiveSample[]): number =>
  samples.reduce((sum, { sent, arrived }) => sum + Math.max(0, sent - arrived), 0);

export function judgeTargets(samples: LiveResult['samples']): TargetResult[] {
  const own = samples['weir-xdp'];
  if (own === undefined) return [];
  const rates = own.map(rate);
  return [
    {
      text: 'Weir NAT on XDP, million packets a second on one processor',
      wanted: WANTED,
      found: median(rates),
      middle: quartiles(rates),
    },
    { text: 'Weir NAT on XDP, packets lost', wanted: 0, kind: 'most', found: lost(own) },
  ];
}

function table({ candidates, samples }: LiveResult): string[][] {
  const head = [
    '',
    'million packets / CPU s',
    'min - max',
    'CPU ns / packet',
    'million packets/s by the clock',
    'lost',
  ];
  const body = candidates.flatMap(({ name, title }) => {
    const own = samples[name];
    const [rates, costs] = [summarise(own?.map(rate) ?? []), summarise(own?.map(cost) ?? [])];
    if (own === undefined || rates === undefined || costs === undefined) return [];
    return [
      [
        title,
        number(rates.median, 2),
        `${number(rates.least, 2)} - ${number(rates.most, 2)}`,
        number(costs.median, 0),
        number(summarise(own.map(clockRate))?.median, 2),
        number(lost(own), 0),
      ],
    ];
  });
  return [head, ...body];
}

const left = ({ candidates }: LiveResult): string[] =>
  candidates.flatMap(({ title, skipped }) => (skipped === undefined ? [] : [`left out: ${title}: ${skipped}`]));

export function liveTerminal(result: LiveResult): string {
  const { machine, rounds, packets, flows, targets } = result;
  return [
    `${machine.processor}, ${machine.processors} processors, ${machine.kernel}`,
    `${rounds} rounds of ${number(packets, 0)} frames of ${number(flows, 0)} connections; medians`,
    '',
    ...alignColumns(table(result)),
    ...left(result),
    '',
    ...targetLines(targets),
    '',
  ].join('\n');
}

export function liveSection(result: LiveResult): string {
  const { rounds, packets, flows, candidates, targets } = result;
  const [head = [], ...body] = table(result);
  const method = `${rounds} rounds of ${number(packets, 0)} frames of ${number(flows, 0)} connections after a warm-up`;
  return [
    HEAD,
    factsTable(result, method),
    markdownTable(head, body),
    ...left(result),
    targetTable(targets),
    `Set-up:\n\n${list(candidates.map(({ title, setup }) => `**${title}**: ${setup}`))}`,
    TAIL,
  ].join('\n\n');
}

const HEAD = `## Live frames

Frames of 64 bytes from the client through the director to the server, which counts and drops them. One processor does all of it: it makes the frames,
forwards them and swallows them, since a veth hands over within the same softirq. So a rate here is that of a processor with everything
around the director, and the time a packet is that of generator, two cables, director and sink. By the clock it is less where other work takes the processor.`;

const TAIL = `The generator is an XDP program whose frames the kernel really sends (BPF_F_TEST_XDP_LIVE_FRAMES), 64 at a time; it writes every frame anew. Processor time is
that of the sending thread and of the kernel's threads for softirqs. Packets are lost where fewer arrive than were sent.

To repeat:

    npm run bench -- --suite live                                   everything, two minutes
    npm run bench -- --suite live --only weir-xdp --rounds 3        a quick look`;
