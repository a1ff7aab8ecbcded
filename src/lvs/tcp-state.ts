import { TCP_FLAG } from './transport.ts';

/** In the order of the kernel's numbers (include/net/ip_vs.h). */
export const TCP_STATES = [
  'NONE',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'SYNACK',
] as const;

export type TcpState = (typeof TCP_STATES)[number];
export type TcpEvent = 'syn' | 'fin' | 'ack' | 'rst';

/** Which packets a director sees: `input` from the client, `output` from the server, `inputOnly` when it never sees a server's. */
export type Direction = 'input' | 'output' | 'inputOnly';

/** Seconds; --set changes ESTABLISHED and FIN_WAIT (ip_vs_proto_tcp.c; recorded in conn/*-from-*). */
export const TCP_TIMEOUTS: Readonly<Record<TcpState, number>> = {
  NONE: 2,
  ESTABLISHED: 900,
  SYN_SENT: 120,
  SYN_RECV: 60,
  FIN_WAIT: 120,
  TIME_WAIT: 120,
  CLOSE: 10,
  CLOSE_WAIT: 60,
  LAST_ACK: 30,
  LISTEN: 120,
  SYNACK: 120,
};

const SHORT: Readonly<Record<string, TcpState>> = {
  NO: 'NONE',
  ES: 'ESTABLISHED',
  SS: 'SYN_SENT',
  SR: 'SYN_RECV',
  FW: 'FIN_WAIT',
  TW: 'TIME_WAIT',
  CL: 'CLOSE',
  CW: 'CLOSE_WAIT',
  LA: 'LAST_ACK',
  LI: 'LISTEN',
  SA: 'SYNACK',
};

type StateTable = Readonly<Record<Direction, Readonly<Record<TcpEvent, readonly TcpState[]>>>>;

/** A row for each event: the next state, by the present one in the order of `TCP_STATES`. */
const NORMAL: StateTable = {
  //                   NO ES SS SR FW TW CL CW LA LI SA
  input: {
    syn: row('SR ES ES SR SR SR SR SR SR SR SR'),
    fin: row('CL CW SS TW TW TW CL CW LA LI TW'),
    ack: row('ES ES SS ES FW TW CL CW CL LI ES'),
    rst: row('CL CL CL SR CL CL CL CL LA LI SR'),
  },
  output: {
    syn: row('SS ES SS SR SS SS SS SS SS LI SR'),
    fin: row('TW FW SS TW FW TW CL TW LA LI TW'),
    ack: row('ES ES SS ES FW TW CL CW LA ES ES'),
    rst: row('CL CL SS CL CL TW CL CL CL CL CL'),
  },
  inputOnly: {
    syn: row('SR ES ES SR SR SR SR SR SR SR SR'),
    fin: row('CL FW SS TW FW TW CL CW LA LI TW'),
    ack: row('ES ES SS ES FW TW CL CW CL LI ES'),
    rst: row('CL CL CL SR CL CL CL CL LA LI CL'),
  },
};

/** While secure_tcp is in force: a connection is established only by a further packet of the server (recorded in nat-tcp-secure-tcp). */
const SECURE: StateTable = {
  //                   NO ES SS SR FW TW CL CW LA LI SA
  input: {
    syn: row('SR ES ES SR SR SR SR SR SR SR SA'),
    fin: row('CL CW SS TW TW TW CL CW LA LI SA'),
    ack: row('ES ES SS SR FW TW CL CW CL LI SA'),
    rst: row('CL CL CL SR CL CL CL CL LA LI CL'),
  },
  output: {
    syn: row('SS ES SS SA SS SS SS SS SS LI SA'),
    fin: row('TW FW SS TW FW TW CL TW LA LI TW'),
    ack: row('ES ES SS ES FW TW CL CW LA ES ES'),
    rst: row('CL CL SS CL CL TW CL CL CL CL CL'),
  },
  inputOnly: {
    syn: row('SA ES ES SR SA SA SA SA SA SA SA'),
    fin: row('CL FW SS TW FW TW CL CW LA LI TW'),
    ack: row('ES ES SS ES FW TW CL CW CL LI ES'),
    rst: row('CL CL CL SR CL CL CL CL LA LI CL'),
  },
};

const ACTIVE: ReadonlySet<TcpState> = new Set(['ESTABLISHED', 'SYN_SENT', 'SYN_RECV', 'SYNACK']);

/** True for the states that count as ActiveConn. */
export function isActiveTcp(state: TcpState): boolean {
  return ACTIVE.has(state);
}

/** The state after a segment. One that has none of the four flags closes. @param flags byte 13 of the TCP header */
export function nextTcpState(state: TcpState, direction: Direction, flags: number, secure: boolean): TcpState {
  const event = tcpEvent(flags);
  if (event === undefined) return 'CLOSE';
  return (secure ? SECURE : NORMAL)[direction][event][TCP_STATES.indexOf(state)]!;
}

/** The first that is set of RST, SYN, FIN, ACK. */
function tcpEvent(flags: number): TcpEvent | undefined {
  if (flags & TCP_FLAG.rst) return 'rst';
  if (flags & TCP_FLAG.syn) return 'syn';
  if (flags & TCP_FLAG.fin) return 'fin';
  return flags & TCP_FLAG.ack ? 'ack' : undefined;
}

function row(text: string): TcpState[] {
  return text.split(' ').map((short) => SHORT[short]!);
}
