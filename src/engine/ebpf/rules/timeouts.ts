import { STATE, type SettingsRecord } from '../../../kernel/abi.generated.ts';
import type { Timeouts } from '../../../lvs/operation.ts';
import { SCTP_STATES, sctpTimeout } from '../../../lvs/sctp-state.ts';
import { secondsToTicks, ticksToSeconds } from '../maps/clock.ts';

/** Seconds in each state that `--set` does not change (ip_vs_proto_tcp.c; recorded in conn/*-from-*). */
const FIXED: readonly (readonly [number, number])[] = [
  [STATE.NONE, 2],
  [STATE.SYN_SENT, 120],
  [STATE.SYN_RECV, 60],
  [STATE.TIME_WAIT, 120],
  [STATE.CLOSE, 10],
  [STATE.CLOSE_WAIT, 60],
  [STATE.LAST_ACK, 30],
  [STATE.LISTEN, 120],
  [STATE.SYNACK, 120],
  ...SCTP_STATES.map((name, place) => [STATE.SCTP_NONE + place, sctpTimeout(name)] as const),
];

/** The timeouts of all states, in ticks, in the order of enum weir_state. */
export function stateTimeouts({ tcp, tcpFin, udp }: Timeouts): number[] {
  const ticks = Array.from({ length: STATE.STATES }, () => 0);
  for (const [state, seconds] of FIXED) ticks[state] = secondsToTicks(seconds);
  ticks[STATE.ESTABLISHED] = secondsToTicks(tcp);
  ticks[STATE.FIN_WAIT] = secondsToTicks(tcpFin);
  ticks[STATE.UDP] = secondsToTicks(udp);
  return ticks;
}

/** What `--set` had been given, read back. */
export function timeoutsOf({ timeouts }: Pick<SettingsRecord, 'timeouts'>): Timeouts {
  const seconds = (state: number): number => ticksToSeconds(timeouts[state] ?? 0);
  return { tcp: seconds(STATE.ESTABLISHED), tcpFin: seconds(STATE.FIN_WAIT), udp: seconds(STATE.UDP) };
}
