import { endpointText } from '../../lvs/service.ts';
import { answerTimeOf, ICMP_KINDS, type Signals } from '../../lvs/signals.ts';
import type { DestinationOverview } from './overview.ts';

/** Columns of `weir list --signals`. */
export const SIGNAL_HEADER = [
  'real server',
  'handshakes',
  'completed',
  'open since',
  'SYN again',
  'answered',
  'refused',
  'reset',
  'half in',
  '99 % in',
  'requests',
  'replied',
  'ICMP errors',
];

/** What the director has noticed of a real server; `-` where it does not see its packets, or saw none. */
export function signalRow(
  destination: Pick<DestinationOverview, 'address' | 'port' | 'method' | 'signals'>,
): (string | number)[] {
  const { signals, method } = destination;
  const sees = method === 'masquerade' || method === 'full-nat';
  return [
    endpointText(destination),
    signals.attempts,
    partText(signals.completed, signals.attempts),
    signals.uncompleted,
    signals.retransmissions,
    sees ? partText(signals.answered, signals.attempts) : '-',
    sees ? signals.refused : '-',
    signals.reset,
    timeText(answerTimeOf(signals.answerTimes, 0.5)),
    timeText(answerTimeOf(signals.answerTimes, 0.99)),
    signals.requests,
    sees ? partText(signals.replied, signals.requests) : '-',
    icmpText(signals),
  ];
}

/** `1234 (98 %)`. */
function partText(part: number, all: number): string {
  return all === 0 ? String(part) : `${part} (${Math.floor((part / all) * 100)} %)`;
}

/** `2.1 ms`: not longer than that. */
function timeText(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return '-';
  return milliseconds === Infinity ? '> 268 ms' : `${milliseconds.toPrecision(2)} ms`;
}

/** `port 3, unreachable 1`. */
function icmpText({ icmp }: Signals): string {
  const told = ICMP_KINDS.filter((kind) => icmp[kind] > 0).map((kind) => `${NAMES[kind]} ${icmp[kind]}`);
  return told.length === 0 ? '-' : told.join(', ');
}

const NAMES: Readonly<Record<(typeof ICMP_KINDS)[number], string>> = {
  unreachable: 'unreachable',
  prohibited: 'prohibited',
  protocol: 'protocol',
  port: 'port',
  tooBig: 'too big',
  timeExceeded: 'time exceeded',
  other: 'other',
};
