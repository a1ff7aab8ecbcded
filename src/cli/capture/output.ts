import { wireText } from '../../daemon/wire.ts';
import { filled, type Language } from '../../base/words.ts';
import { cellText, outerText, packetText } from '../../walk/appearance.ts';
import type { Placed } from '../../walk/flow.ts';
import { isSamePoint } from '../../walk/journey.ts';
import { REACHED_SERVER, REDIRECTED, VERDICT_WORDS } from '../../walk/verdict-words.ts';
import type { FlowTally } from '../../walk/tally.ts';
import type { WatchPoint } from '../../walk/watch-point.ts';
import { alignColumns, toTheLeft, toTheRight } from '../terminal/output.ts';
import type { SessionOutcome } from './session.ts';

const WIDTHS = { time: 11, flow: 4, packet: 14, cell: 46 } as const;
const WAYS = { en: { request: '>', reply: '<' }, zh: { request: '>', reply: '<' } } as const;
const HEADINGS = {
  en: ['time', 'flow', 'packet'],
  zh: ['时间', '连接', '数据包'],
} as const;

export function pointName({ host, nic }: WatchPoint): string {
  return host === '' ? nic : `${host} ${nic}`;
}

/** The line above the packets: a column for each point. */
export function headings(points: readonly WatchPoint[], language: Language): string {
  const [time, flow, packet] = HEADINGS[language];
  return row(time, flow, packet, points.map(pointName));
}

/** A packet in one line: seconds since the first one, its conversation, what it is, and how it appeared at each point. */
export function packetLine(
  { flow, way, sightings }: Placed<WatchPoint>,
  points: readonly WatchPoint[],
  began: bigint,
  language: Language,
): string {
  const first = sightings[0]!;
  const seconds = (Number((first.time - began) / 1000n) / 1e6).toFixed(6);
  const cells = points.map((point) => cellText(sightings, point, language));
  const what = `${WAYS[language][way]} ${packetText(first.frame, language)}`;
  return row(seconds, String(flow), what, cells);
}

/** Columns that `packetLine` takes with so many points. */
export function lineWidth(points: number): number {
  const { time, flow, packet, cell } = WIDTHS;
  return time + flow + packet + 4 + points * (cell + 2);
}

/** The same for a terminal that is too narrow for it: below the packet a line for each point. */
export function packetBlock(
  placed: Placed<WatchPoint>,
  points: readonly WatchPoint[],
  began: bigint,
  language: Language,
): string {
  const names = points.map(pointName);
  const width = Math.max(...names.map((name) => name.length));
  const cells = points.map(
    (point, index) => `    ${names[index]!.padEnd(width)}  ${cellText(placed.sightings, point, language)}\n`,
  );
  return `${packetLine(placed, [], began, language)}${cells.join('')}`;
}

function row(time: string, flow: string, packet: string, cells: readonly string[]): string {
  const columns = [
    toTheRight(time, WIDTHS.time),
    toTheRight(flow, WIDTHS.flow),
    toTheLeft(packet, WIDTHS.packet),
    ...cells.map((cell) => toTheLeft(cell, WIDTHS.cell)),
  ];
  return `${columns.join('  ').trimEnd()}\n`;
}

/** A packet as JSON: every sighting, and the points at which it was not seen. Times in nanoseconds since 1970, as text. */
export function jsonLine({ flow, way, sightings }: Placed<WatchPoint>, points: readonly WatchPoint[]): string {
  const first = sightings[0]!;
  return wireText({
    time: first.time,
    flow,
    way,
    protocol: first.conversation.protocol,
    packet: packetText(first.frame),
    seen: sightings.map(({ point, direction, time, conversation, frame }) => ({
      point: pointName(point),
      side: point.side,
      direction,
      time,
      source: conversation.source,
      destination: conversation.destination,
      outer: outerText(frame),
      sourceMac: frame.get('ethernet').source,
      destinationMac: frame.get('ethernet').destination,
      ttl: frame.findLast('ipv4')?.ttl ?? frame.findLast('ipv6')?.hopLimit ?? null,
    })),
    notSeen: points.filter((point) => !sightings.some((sighting) => isSamePoint(sighting.point, point))).map(pointName),
  });
}

const COLUMNS = {
  en: [
    'flow',
    'requests',
    'forwarded',
    'method',
    'at real server',
    'replies private',
    'replies public',
    'acknowledged',
  ],
  zh: ['连接', '请求', '已转发', '方式', '到真实服务器', '内网应答', '公网应答', '客户端确认'],
};
const METHOD = { masquerade: 'NAT', tunnel: 'TUN', direct: 'DR' } as const;
const COUNTED = {
  en: (packets: number, flows: number) => `Packets: ${packets}. Conversations with a virtual service: ${flows}.`,
  zh: (packets: number, flows: number) => `数据包：${packets}。与虚拟服务的连接：${flows}。`,
};
const DROPPED = {
  en: (count: number) => `The kernel dropped ${count} frames before tcpdump saw them: "not seen" is not certain.`,
  zh: (count: number) => `内核丢掉了 ${count} 个帧，tcpdump 没有看到：“没有看到”不一定可靠。`,
};
const FLOWS = { en: 'flows', zh: '连接' };
const SHOWN = 20;

/** What the packets tell: counts by conversation, then the verdict of the course notes (S9). */
export function summaryText({ summary, packets, dropped }: SessionOutcome, language: Language): string {
  const { tallies, verdicts, reachedServer, redirected } = summary;
  const table =
    tallies.length === 0
      ? ''
      : alignColumns([COLUMNS[language], ...tallies.slice(0, SHOWN).map((tally) => tallyRow(tally, language))]);
  const judged = verdicts.map(({ verdict, flows }) => {
    const which = flows.length === 0 ? '' : ` (${FLOWS[language]} ${listed(flows)})`;
    return `${verdict}${which}\n  ${VERDICT_WORDS[verdict][language]}\n`;
  });
  const reached = reachedServer ? `${REACHED_SERVER[language]}\n` : '';
  const hosts = redirected.join(', ');
  const advised = hosts === '' ? '' : `${filled(REDIRECTED, language, { hosts })}\n`;
  const warning = dropped > 0 ? `${DROPPED[language](dropped)}\n` : '';
  return `\n${COUNTED[language](packets, tallies.length)}\n${table}\n${judged.join('')}${reached}${advised}${warning}`;
}

const YES_NO = { en: ['no', 'yes'], zh: ['否', '是'] } as const;

function tallyRow(tally: FlowTally, language: Language): (string | number)[] {
  return [
    tally.flow,
    tally.requests,
    tally.forwarded,
    tally.method === undefined ? '-' : METHOD[tally.method],
    tally.atServer ?? '-',
    tally.repliesPrivate,
    tally.repliesPublic,
    YES_NO[language][tally.acknowledged ? 1 : 0],
  ];
}

function listed(flows: readonly number[]): string {
  return flows.length <= SHOWN ? flows.join(', ') : `${flows.slice(0, SHOWN).join(', ')} ...`;
}
