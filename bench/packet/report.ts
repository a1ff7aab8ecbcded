import { factsTable } from '../document.ts';
import { pairedRatio, summarise } from '../statistics.ts';
import { targetLines, targetTable } from '../target.ts';
import { alignColumns, list, markdownTable, number } from '../text.ts';
import { isKnown, MEASURES } from './measures.ts';
import type { PacketResult, Row } from './result.ts';

const NAMES: Readonly<Record<string, string>> = {
  weir: 'Weir',
  object: 'other object',
  floor: 'floor',
  wider: 'floor that does more',
  nothing: 'harness alone',
};

/** The contestants of the result, in the order of the columns; other checkouts have the names of their folders. */
function contestants(rows: readonly Row[]): string[] {
  return [...new Set(rows.flatMap(({ samples }) => Object.keys(samples)))];
}

function table({ rows }: PacketResult): string[][] {
  const columns = contestants(rows);
  const head = [
    'ns a packet',
    'flows',
    ...columns.map((name) => NAMES[name] ?? name),
    'Weir min - max',
    'Weir x floor',
  ];
  const body = rows.map(({ measure, flows, samples }) => {
    const weir = summarise(samples['weir'] ?? []);
    const ratio = pairedRatio(samples['weir'] ?? [], samples['floor'] ?? []);
    const kind = MEASURES.find(({ name }) => name === measure);
    return [
      kind?.title ?? measure,
      kind !== undefined && isKnown(kind) ? number(flows, 0) : '',
      ...columns.map((name) => number(summarise(samples[name] ?? [])?.median, 0)),
      weir === undefined ? '' : `${number(weir.least, 0)} - ${number(weir.most, 0)}`,
      number(ratio, 2),
    ];
  });
  return [head, ...body];
}

export function packetTerminal(result: PacketResult): string {
  const { machine, rounds, packets, skipped, targets } = result;
  return [
    `${machine.processor}, ${machine.processors} processors, ${machine.kernel}`,
    `${rounds} rounds of ${number(packets.established, 0)} packets (new connections: ${number(packets.fresh, 0)}); medians`,
    '',
    ...alignColumns(table(result)),
    ...Object.entries(skipped).map(([name, why]) => `left out: ${name}: ${why}`),
    '',
    ...targetLines(targets),
    '',
  ].join('\n');
}

export function packetSection(result: PacketResult): string {
  const { rounds, packets, skipped, targets } = result;
  const [head = [], ...body] = table(result);
  const method = `${rounds} rounds of ${number(packets.established, 0)} packets (new connections: ${number(packets.fresh, 0)}) after a warm-up`;
  const left = Object.entries(skipped).map(([name, why]) => `${name}: ${why}`);
  return [
    HEAD,
    factsTable(result, method),
    'Medians, the harness included.',
    markdownTable(head, body),
    ...(left.length === 0 ? [] : [`Left out:\n\n${list(left)}`]),
    targetTable(targets),
    TAIL,
  ].join('\n\n');
}

const HEAD = `## Processor time a packet

What the XDP program costs for one packet of 64 bytes, without a network card or a driver around it. The floor is a program that does what
every director must that remembers connections: parse, one lookup in a preallocated hash of the same size, rewrite, transmit; for new connections a
lookup that fails and two insertions; for what is no service, the parsing alone. [bench/bpf/floor.bpf.c](../bench/bpf/floor.bpf.c) is all of it. Beside it stands a floor that does more: for
tunnels it writes the outer header, for DR it has 400 instructions that lead to nothing and wait for nothing.`;

const TAIL = `A program restores the frame, which the last packet has changed, makes it one of another flow, and goes over into the program under test by a
tail call; the kernel repeats this (BPF_PROG_TEST_RUN). Flows of established connections come at random, so that memory is read as by many clients;
new connections come one after another. Weir runs as it does at an operator's: its daemon in a namespace, rules by \`ipvsadm\`, connections made by SYN
and ACK. Processor time of the measuring thread is taken, so that other work on the machine counts through the caches only. Within a round
everything runs once; the ratios are medians of the quotients of each round.

To repeat:

    npm run bench -- --suite packet                                            all, five minutes
    npm run bench -- --suite packet --measures dr --flows 1 --rounds 3         a quick look
    npm run bench -- --suite packet --beside ../other-checkout                 and another built checkout in the same rounds
    npm run bench -- --suite packet --object lb.o --prog xdp_lb --setup lb.mjs and another XDP director`;
