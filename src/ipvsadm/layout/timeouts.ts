import type { Timeouts } from '../../lvs/operation.ts';

/** `--timeout`. */
export function timeoutLine({ tcp, tcpFin, udp }: Timeouts): string {
  return `Timeout (tcp tcpfin udp): ${tcp} ${tcpFin} ${udp}`;
}
