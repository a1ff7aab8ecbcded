import { SCTP_CHUNK } from '../net/sctp.ts';
import type { Direction } from './tcp-state.ts';

/** In the order of the kernel's numbers. C is the client's packet, S the server's; names as `ipvsadm -L -c` prints them. */
export const SCTP_STATES = [
  'NONE',
  'INIT1',
  'INIT',
  'C-SENT',
  'C-REPLIED',
  'C-WAIT',
  'COOKIE',
  'C-ECHOED',
  'ESTABLISHED',
  'S-SENT',
  'S-RECEIVED',
  'S-ACK-SENT',
  'REJECTED',
  'CLOSED',
] as const;

export type SctpState = (typeof SCTP_STATES)[number];

/** Seconds: 3 + 1 to repeat an INIT, 60 + 1 for the longest retransmission (RFC 9260 section 16), else as TCP. */
export function sctpTimeout(state: SctpState): number {
  if (state === 'NONE') return 2;
  if (state === 'ESTABLISHED') return 900;
  return state === 'INIT1' || state === 'REJECTED' ? 4 : 61;
}

type Event =
  | 'init'
  | 'initAck'
  | 'cookieEcho'
  | 'cookieAck'
  | 'shutdown'
  | 'shutdownAck'
  | 'shutdownComplete'
  | 'error'
  | 'abort'
  | 'data';

const EVENTS: ReadonlyMap<number, Event> = new Map([
  [SCTP_CHUNK.init, 'init'],
  [SCTP_CHUNK.initAck, 'initAck'],
  [SCTP_CHUNK.cookieEcho, 'cookieEcho'],
  [SCTP_CHUNK.cookieAck, 'cookieAck'],
  [SCTP_CHUNK.shutdown, 'shutdown'],
  [SCTP_CHUNK.shutdownAck, 'shutdownAck'],
  [SCTP_CHUNK.shutdownComplete, 'shutdownComplete'],
  [SCTP_CHUNK.error, 'error'],
  [SCTP_CHUNK.abort, 'abort'],
]);

/** From which states an event leads where; from all others nowhere. */
type Rules = Readonly<Record<Event, Readonly<Partial<Record<SctpState, SctpState>>>>>;

const SETTING_UP = ['INIT1', 'INIT', 'C-SENT', 'C-REPLIED'] as const;

const INPUT: Rules = {
  data: to('ESTABLISHED', 'NONE'),
  init: { ...to('INIT1', 'NONE'), ...to('INIT', 'INIT1', 'REJECTED', 'CLOSED') },
  initAck: { ...to('C-WAIT', 'NONE', 'INIT1', 'INIT'), ...to('COOKIE', 'C-WAIT') },
  cookieEcho: { ...to('C-REPLIED', 'NONE', 'C-SENT'), ...to('INIT', 'INIT1') },
  cookieAck: to('ESTABLISHED', 'NONE', 'C-ECHOED'),
  shutdown: to('S-RECEIVED', 'NONE', 'ESTABLISHED'),
  shutdownAck: { ...to('INIT', 'INIT1'), ...to('CLOSED', 'NONE', 'S-SENT', 'S-ACK-SENT') },
  shutdownComplete: to('CLOSED', 'NONE', 'INIT1', 'INIT', 'S-ACK-SENT'),
  error: to('CLOSED', 'NONE', 'C-ECHOED'),
  abort: { ...to('CLOSED', ...SCTP_STATES), ...to('REJECTED', 'C-WAIT') },
};

const RULES: Readonly<Record<Direction, Rules>> = {
  input: INPUT,
  output: {
    data: to('ESTABLISHED', 'NONE'),
    init: { ...to('C-WAIT', ...SCTP_STATES), ...to('ESTABLISHED', 'ESTABLISHED') },
    initAck: to('C-SENT', 'NONE', 'INIT1', 'INIT'),
    cookieEcho: to('C-ECHOED', 'NONE', ...SETTING_UP, 'C-WAIT', 'COOKIE'),
    cookieAck: to('ESTABLISHED', 'NONE', ...SETTING_UP, 'C-WAIT', 'COOKIE', 'C-ECHOED'),
    shutdown: to('S-SENT', 'NONE', ...SETTING_UP, 'C-WAIT', 'COOKIE', 'C-ECHOED', 'ESTABLISHED'),
    shutdownAck: to('S-ACK-SENT', 'NONE', ...SETTING_UP, 'S-SENT', 'S-RECEIVED'),
    shutdownComplete: to('CLOSED', 'NONE'),
    error: to('CLOSED', 'NONE', ...SETTING_UP),
    abort: { ...to('CLOSED', ...SCTP_STATES), ...to('REJECTED', 'INIT1') },
  },
  inputOnly: {
    ...INPUT,
    data: to('ESTABLISHED', 'NONE', 'C-WAIT'),
    init: { ...to('INIT1', 'NONE'), ...to('INIT', ...SETTING_UP, 'C-WAIT', 'REJECTED', 'CLOSED') },
    initAck: to('C-ECHOED', 'NONE', ...SETTING_UP, 'C-WAIT'),
    cookieEcho: to('ESTABLISHED', 'NONE', ...SETTING_UP, 'C-WAIT'),
    cookieAck: to('ESTABLISHED', 'NONE', 'C-SENT', 'C-REPLIED', 'COOKIE', 'C-ECHOED'),
    shutdownAck: { ...to('INIT', 'INIT1'), ...to('CLOSED', 'NONE', 'ESTABLISHED', 'S-SENT', 'S-ACK-SENT') },
    shutdownComplete: to('CLOSED', 'NONE', ...SETTING_UP, 'S-RECEIVED', 'S-ACK-SENT'),
    error: to('CLOSED', 'NONE'),
  },
};

/** The state after a packet whose decisive chunk has this type; types without an event of their own count as DATA. */
export function nextSctpState(state: SctpState, direction: Direction, chunkType: number): SctpState {
  return RULES[direction][EVENTS.get(chunkType) ?? 'data'][state] ?? state;
}

function to(next: SctpState, ...from: readonly SctpState[]): Partial<Record<SctpState, SctpState>> {
  return Object.fromEntries(from.map((state) => [state, next]));
}
