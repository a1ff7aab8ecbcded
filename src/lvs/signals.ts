import type { LiveConnection } from './connection.ts';
import type { Packet } from './packet.ts';
import { isTranslating, type Family } from './service.ts';
import { TCP_FLAG } from './transport.ts';

/**
 * What a director notices of one real server while it forwards: whether handshakes come to their end, and what ICMP says about its
 * packets. The kernel's IPVS has nothing of it. Counts since the last zeroing.
 */
export interface Signals {
  /** TCP handshakes that a client has begun: SYNs that are no repetition. */
  attempts: number;
  /** Of them those whose last ACK has come by. It passes the director with every method, so 0 means a dead port or no way back. */
  completed: number;
  /** SYNs that came again before that. */
  retransmissions: number;
  /** Handshakes that the real server has answered; only where its packets pass the director (masquerading, full NAT). */
  answered: number;
  /** Handshakes that it has ended with RST; likewise. */
  refused: number;
  /** RSTs of clients during a handshake. */
  reset: number;
  /** Attempts since a handshake was last completed. */
  uncompleted: number;
  /** Attempts since the real server last answered; likewise 0 where its packets do not pass the director. */
  unanswered: number;
  /** From the SYN to the first answer; likewise. A SYN that came again is left out, as it is not known which one was answered. */
  answerTimes: AnswerTimes;
  /** Connections of UDP that a client has begun; those of one packet, which no answer can be told of, left out. */
  requests: number;
  /** Of them those that the real server has answered; likewise. */
  replied: number;
  /** ICMP errors about requests, from the real server or a router on the way, by what they say. */
  icmp: Record<IcmpKind, number>;
}

/** Times as powers of two of a unit. */
export interface AnswerTimes {
  /** Milliseconds in all. */
  total: number;
  /** By place: 0: less than a unit, n: less than 2^n units; the last: all that is longer. */
  counts: readonly number[];
}

/** What an ICMP error says: of type 3 (ICMPv6: 1) by its code. */
export const ICMP_KINDS = ['unreachable', 'prohibited', 'protocol', 'port', 'tooBig', 'timeExceeded', 'other'] as const;
export type IcmpKind = (typeof ICMP_KINDS)[number];

/** A unit of answer times: 2^14 ns, in milliseconds. */
export const ANSWER_UNIT = 0.016384;
/** Places of `AnswerTimes.counts`. */
export const ANSWER_PLACES = 16;

export function newSignals(): Signals {
  return {
    attempts: 0,
    completed: 0,
    retransmissions: 0,
    answered: 0,
    refused: 0,
    reset: 0,
    uncompleted: 0,
    unanswered: 0,
    answerTimes: { total: 0, counts: Array.from({ length: ANSWER_PLACES }, () => 0) },
    requests: 0,
    replied: 0,
    icmp: { unreachable: 0, prohibited: 0, protocol: 0, port: 0, tooBig: 0, timeExceeded: 0, other: 0 },
  };
}

/** Those that only grow. */
const COUNTS = [
  'attempts',
  'completed',
  'retransmissions',
  'answered',
  'refused',
  'reset',
  'requests',
  'replied',
] as const satisfies readonly (keyof Signals)[];

/** True where nothing was noticed. */
export function isQuiet(signals: Signals): boolean {
  return COUNTS.every((name) => signals[name] === 0) && ICMP_KINDS.every((kind) => signals.icmp[kind] === 0);
}

/**
 * What has come since. `uncompleted` and `unanswered`, which say how long it has been so, are as they are now; and where the counts
 * have begun anew meanwhile, all are.
 */
export function signalsSince(before: Signals, now: Signals): Signals {
  const since = copySignals(now);
  if (COUNTS.some((name) => now[name] < before[name])) return since;
  for (const name of COUNTS) since[name] -= before[name];
  for (const kind of ICMP_KINDS) since.icmp[kind] -= before.icmp[kind];
  since.answerTimes = {
    total: now.answerTimes.total - before.answerTimes.total,
    counts: now.answerTimes.counts.map((count, place) => count - (before.answerTimes.counts[place] ?? 0)),
  };
  return since;
}

/** As they are now. */
export function copySignals(signals: Signals): Signals {
  return { ...signals, icmp: { ...signals.icmp } };
}

/** Takes down what a datagram tells about the real server: that somebody asks it, or that it answers for the first time. */
export function noteDatagram(connection: LiveConnection, from: 'client' | 'server'): void {
  const signals = connection.destination?.signals;
  if (signals === undefined || connection.onePacket) return;
  const isNew = connection.isUnanswered === undefined && connection.inPackets === 0;
  if (from === 'client' && isNew) {
    signals.requests++;
    connection.isUnanswered = true;
  } else if (from === 'server') {
    if (connection.isUnanswered === true && isTranslating(connection.method)) signals.replied++;
    connection.isUnanswered = false;
  }
}

/** A TCP segment that came by, and what it made of the state of its connection. */
export interface SeenSegment {
  from: 'client' | 'server';
  /** Byte 13 of the TCP header. */
  flags: number;
  before: string;
  after: string;
  /** Milliseconds. */
  now: number;
}

const isHandshake = (state: string): boolean => state === 'SYN_RECV' || state === 'SYNACK';

/** Takes down what a segment tells about the real server, if it is one of a handshake. */
export function noteSegment(connection: LiveConnection, { from, flags, before, after, now }: SeenSegment): void {
  const signals = connection.destination?.signals;
  if (signals === undefined || (!isHandshake(before) && !isHandshake(after))) return;
  const isReset = (flags & TCP_FLAG.rst) !== 0;
  if (from === 'server') noteAnswer(connection, signals, { isReset, now });
  else if (isReset) signals.reset++;
  else if ((flags & TCP_FLAG.syn) !== 0) noteSyn(connection, signals, { isFirst: !isHandshake(before), now });
  if (isHandshake(before) && after === 'ESTABLISHED') {
    signals.completed++;
    signals.uncompleted = 0;
  }
}

function noteSyn(
  connection: LiveConnection,
  signals: Signals,
  { isFirst, now }: { isFirst: boolean; now: number },
): void {
  if (!isFirst) {
    signals.retransmissions++;
    return;
  }
  connection.handshake = { began: now, isAnswered: false };
  signals.attempts++;
  signals.uncompleted++;
  if (isTranslating(connection.method)) signals.unanswered++;
}

function noteAnswer(
  connection: LiveConnection,
  signals: Signals,
  { isReset, now }: { isReset: boolean; now: number },
): void {
  if (isReset) signals.refused++;
  const { handshake, method } = connection;
  if (handshake?.isAnswered !== false || !isTranslating(method)) return;
  handshake.isAnswered = true;
  signals.answered++;
  signals.unanswered = 0;
  if (connection.inPackets === 1) signals.answerTimes = withTime(signals.answerTimes, now - handshake.began);
}

function withTime({ total, counts }: AnswerTimes, milliseconds: number): AnswerTimes {
  const place = answerPlace(milliseconds);
  return { total: total + milliseconds, counts: counts.with(place, (counts[place] ?? 0) + 1) };
}

/** Where a time is counted. */
export function answerPlace(milliseconds: number): number {
  const units = Math.floor(milliseconds / ANSWER_UNIT);
  return Math.min(ANSWER_PLACES - 1, 32 - Math.clz32(units));
}

/** Milliseconds that a part of the answers, 0 to 1, took at most; undefined if there was none. Infinity: longer than can be told. */
export function answerTimeOf({ counts }: AnswerTimes, part: number): number | undefined {
  const all = counts.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [place, count] of counts.entries()) {
    seen += count;
    if (seen > 0 && seen >= all * part) return place === ANSWER_PLACES - 1 ? Infinity : 2 ** place * ANSWER_UNIT;
  }
  return undefined;
}

/** Takes down what an ICMP error about a request says; what the director says itself is no sign of a real server. */
export function noteIcmp({ destination }: LiveConnection, { arrived, family, bytes, transport }: Packet): void {
  if (destination === undefined || arrived === undefined) return;
  destination.signals.icmp[icmpKind(family, bytes[transport] ?? 0, bytes[transport + 1] ?? 0)]++;
}

/** RFC 792, 1122, 1812; RFC 4443. */
const UNREACHABLE: Readonly<Record<Family, Readonly<Record<number, IcmpKind>>>> = {
  inet: {
    0: 'unreachable',
    1: 'unreachable',
    2: 'protocol',
    3: 'port',
    4: 'tooBig',
    5: 'unreachable',
    6: 'unreachable',
    7: 'unreachable',
    8: 'unreachable',
    9: 'prohibited',
    10: 'prohibited',
    11: 'unreachable',
    12: 'unreachable',
    13: 'prohibited',
  },
  inet6: {
    0: 'unreachable',
    1: 'prohibited',
    2: 'unreachable',
    3: 'unreachable',
    4: 'port',
    5: 'prohibited',
    6: 'prohibited',
  },
};

/** What an ICMP error says. */
export function icmpKind(family: Family, type: number, code: number): IcmpKind {
  if (family === 'inet') {
    if (type === 3) return UNREACHABLE.inet[code] ?? 'other';
    return type === 11 ? 'timeExceeded' : 'other';
  }
  switch (type) {
    case 1:
      return UNREACHABLE.inet6[code] ?? 'other';
    case 2:
      return 'tooBig';
    case 3:
      return 'timeExceeded';
    case 4:
      return code === 1 ? 'protocol' : 'other';
    default:
      return 'other';
  }
}
